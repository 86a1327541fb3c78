import { rm } from 'node:fs/promises';
import { shapeDigest } from '../../model/index.js';
import type { Progress } from '../port.js';
import { failure } from './fail.js';
import { readText, writeWhole } from './files.js';
import type { Held } from './lock.js';
import { adopt, endAll, launch, powerOn, processesOf } from './power.js';
import { qmp } from './qmp.js';
import { type Inventory, replaceShape } from './record.js';
import type { Site } from './site.js';
import { hostQemu, readSnapshot, runningQemu, type SnapshotRecord } from './snapshotRecord.js';
import { allDisks, eachDisk, inspect } from './volumes.js';

const FLUSH_MS = 5000;

/**
 * Puts an instance back to a snapshot. Until the end a note in its folder says so: a death in between may leave one disk
 * put back and another not, and whoever powers the machine on next has to finish first. Call under the machine's lock.
 */
export async function restore(
  site: Site,
  inventory: Inventory,
  name: string,
  held: Held,
  progress: Progress,
): Promise<Inventory> {
  const { files } = inventory;
  const snapshot = await wanted(inventory, name);
  if (snapshot.memory) await refuseOtherQemu(site, inventory, snapshot);
  await held.assert();
  await writeWhole(files.restoring, `${name}\n`);
  const restored = snapshot.memory
    ? await restoreRunning(site, inventory, snapshot, held, progress)
    : await restoreOff(site, inventory, snapshot, held);
  await held.assert();
  await rm(files.restoring, { force: true });
  return restored;
}

/** Finishes a restore that was broken off, if there is one. */
export async function settle(
  site: Site,
  inventory: Inventory,
  held: Held,
  progress: Progress,
): Promise<Inventory> {
  const name = (await readText(inventory.files.restoring))?.trim();
  return name ? restore(site, inventory, name, held, progress) : inventory;
}

/** Power on, but never on disks of which some are put back and others aren't. */
export async function bringUp(
  site: Site,
  inventory: Inventory,
  held: Held,
  progress: Progress,
): Promise<Inventory> {
  const settled = await settle(site, inventory, held, progress);
  await powerOn(site, settled, held);
  return settled;
}

async function wanted(inventory: Inventory, name: string): Promise<SnapshotRecord> {
  const snapshot = await readSnapshot(inventory.files, name);
  if (snapshot && (await inspect(inventory, name)).whole) return snapshot;
  const { instance } = inventory.record.request;
  throw failure('MW-SNAPSHOT-ABSENT', `${instance} has no snapshot ${name}`, {
    cause: 'change',
    remedy: 'list its snapshots',
  });
}

/** Before anything is put back: memory that this QEMU can't read would leave the machine without a way on. */
async function refuseOtherQemu(site: Site, inventory: Inventory, { name, qemu, shape }: SnapshotRecord) {
  const stays = sameShape(inventory, shape) && (await processesOf(site.layout, inventory)).length > 0;
  const here = stays ? await runningQemu(inventory.files.monitors) : await hostQemu(site);
  if (here === qemu) return;
  throw failure(
    'MW-SNAPSHOT-QEMU',
    `the memory in snapshot ${name} was written by QEMU ${qemu}; here is QEMU ${here}`,
    { cause: 'machine', remedy: 'replace the machine, or install that QEMU again' },
  );
}

const sameShape = ({ record }: Inventory, shape: SnapshotRecord['shape']): boolean =>
  record.shape === shapeDigest(shape);

async function restoreRunning(
  site: Site,
  inventory: Inventory,
  { name, shape }: SnapshotRecord,
  held: Held,
  progress: Progress,
): Promise<Inventory> {
  let current = inventory;
  if (!sameShape(current, shape)) {
    await endAll(await processesOf(site.layout, current), FLUSH_MS);
    current = await replaceShape(current, shape, held);
  }
  if ((await processesOf(site.layout, current)).length === 0) {
    await launch(site, current, held, { paused: true });
  }
  await allDisks(current, 'load', name, held, progress);
  await held.assert();
  await qmp(current.files.monitors, (command) => command('cont'));
  await adopt(site, current);
  return current;
}

async function restoreOff(site: Site, inventory: Inventory, { name }: SnapshotRecord, held: Held) {
  await endAll(await processesOf(site.layout, inventory), FLUSH_MS);
  await eachDisk(inventory, '-a', name, held);
  return inventory;
}
