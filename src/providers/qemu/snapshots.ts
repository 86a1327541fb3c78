import { rm } from 'node:fs/promises';
import type { InstanceInfo } from '../../model/index.js';
import type { Progress, SnapshotInfo } from '../port.js';
import { exclusively } from './exclusive.js';
import { hasInfoCode } from './fail.js';
import { describe } from './inventory.js';
import type { Held } from './lock.js';
import { processesOf } from './power.js';
import { type Inventory, readInstance } from './record.js';
import { restore, settle } from './restore.js';
import type { Site } from './site.js';
import {
  assertName,
  hostQemu,
  readSnapshot,
  refuseKeep,
  runningQemu,
  type SnapshotRecord,
  snapshotNames,
  writeSnapshot,
} from './snapshotRecord.js';
import { allDisks, eachDisk, inspect } from './volumes.js';

const quiet: Progress = () => undefined;

export function takeSnapshot(
  site: Site,
  instance: string,
  name: string,
  progress: Progress,
): Promise<SnapshotInfo> {
  assertName(name);
  return exclusively(site, instance, progress, async (before, held) => {
    refuseKeep(before);
    const inventory = await settle(site, before, held, progress);
    const there = await whole(inventory, name);
    if (there) return infoOf(there);
    // What an attempt that died left under this name: of which moment each part is nobody can tell.
    await remove(site, inventory, name, held);
    const record = await take(site, inventory, name, held, progress);
    await held.assert();
    await writeSnapshot(inventory.files, record);
    return infoOf(record);
  });
}

async function take(site: Site, inventory: Inventory, name: string, held: Held, progress: Progress) {
  const at = new Date().toISOString();
  const memory = await isOn(site, inventory);
  if (memory) await allDisks(inventory, 'save', name, held, progress);
  else await eachDisk(inventory, '-c', name, held);
  const qemu = memory ? await runningQemu(inventory.files.monitors) : await hostQemu(site);
  const sizeBytes = (await inspect(inventory, name)).memoryBytes;
  const { shape } = inventory.record.request;
  return { v: 1, name, at, sizeBytes, memory, shape, qemu } satisfies SnapshotRecord;
}

export function loadSnapshot(
  site: Site,
  instance: string,
  name: string,
  progress: Progress,
): Promise<InstanceInfo> {
  assertName(name);
  return exclusively(site, instance, progress, async (inventory, held) => {
    refuseKeep(inventory);
    return describe(site, await restore(site, inventory, name, held, progress));
  });
}

/** An instance that is gone has no snapshots either. */
export async function deleteSnapshot(site: Site, instance: string, name: string): Promise<void> {
  assertName(name);
  await exclusively(site, instance, quiet, async (before, held) => {
    const inventory = await settle(site, before, held, quiet);
    await remove(site, inventory, name, held);
  }).catch((error) => {
    if (!hasInfoCode(error, 'MW-INSTANCE-ABSENT')) throw error;
  });
}

/** Those that are whole, oldest first. */
export async function snapshots(site: Site, instance: string): Promise<SnapshotInfo[]> {
  const inventory = await readInstance(site.layout.instance(instance));
  const names = await snapshotNames(inventory.files);
  const found = await Promise.all(names.map((name) => whole(inventory, name)));
  return found.flatMap((one) => (one ? [infoOf(one)] : [])).sort((a, b) => (a.at < b.at ? -1 : 1));
}

async function whole(inventory: Inventory, name: string): Promise<SnapshotRecord | undefined> {
  const record = await readSnapshot(inventory.files, name);
  return record && (await inspect(inventory, name)).whole ? record : undefined;
}

async function remove(site: Site, inventory: Inventory, name: string, held: Held): Promise<void> {
  await held.assert();
  await rm(inventory.files.snapshot(name), { force: true });
  if (await isOn(site, inventory)) await allDisks(inventory, 'delete', name, held, quiet);
  else await eachDisk(inventory, '-d', name, held);
}

const isOn = async (site: Site, inventory: Inventory): Promise<boolean> =>
  (await processesOf(site.layout, inventory)).length > 0;

const infoOf = ({ name, at, sizeBytes, memory }: SnapshotRecord): SnapshotInfo => ({
  name,
  at,
  sizeBytes,
  memory,
});
