import { type InstanceInfo, instanceKey, machineId } from '../../model/index.js';
import type { CreateRequest, Progress } from '../port.js';
import { refuseAttached } from './attached.js';
import { refuseUnfit } from './disks.js';
import { waiting } from './exclusive.js';
import { failure } from './fail.js';
import { ensureImage } from './images/cache.js';
import { describe } from './inventory.js';
import { withLock } from './lock.js';
import { qemuProcesses } from './processes.js';
import { ensureInstance, listInstances } from './record.js';
import { bringUp } from './restore.js';
import type { Site } from './site.js';
import { refuseTombstone } from './tombstone.js';

/** Makes the instance, or finishes what an attempt that died began: disks, key, QEMU, ports. */
export async function create(
  site: Site,
  request: CreateRequest,
  progress: Progress,
  signal: AbortSignal,
): Promise<InstanceInfo> {
  const { layout } = site;
  await refuseTombstone(layout, request.instance);
  const image = await ensureImage(request.shape.image, { cache: layout.images, progress, signal });
  refuseUnfit(image, request.shape);
  progress({ step: 'starting' });
  return withLock(layout.lock(machineId(request.ref)), waiting(progress, signal), async (held) => {
    await refuseTombstone(layout, request.instance);
    await refuseOthers(site, request);
    await refuseAttached(site, request);
    await held.assert();
    const inventory = await ensureInstance(layout, request, image);
    return describe(site, await bringUp(site, inventory, held, progress));
  });
}

/** By machine first: two changes must not make the same machine twice. */
async function refuseOthers(site: Site, { ref, instance, replaces }: CreateRequest): Promise<void> {
  const { instances, unreadable } = await listInstances(site.layout);
  const allowed = new Set([instance, replaces]);
  const machine = machineId(ref);
  const known = instances
    .filter((one) => one.record.machineId === machine)
    .map((one) => one.record.request.instance);
  const live = (await qemuProcesses(site.layout.instances)).map((one) => one.instance);
  const other = [...known, ...live.filter((one) => one.startsWith(`${machine}@`))].find(
    (one) => !allowed.has(one),
  );
  if (other) throw exists(ref.machine, other);
  if (unreadable.length > 0)
    throw unclear(
      ref.machine,
      unreadable.map((one) => one.reason),
    );
}

const exists = (machine: string, other: string) =>
  failure(
    'MW-CREATE-EXISTS',
    `machine ${machine} exists already as instance ${other} (${instanceKey(other)})`,
    {
      cause: 'machine',
      remedy: 'destroy that instance, or let the change replace it',
    },
  );

const unclear = (machine: string, unreadable: readonly string[]) =>
  failure('MW-INSTANCE-UNREADABLE', `whether machine ${machine} exists can't be told`, {
    detail: unreadable,
    remedy: 'look at the folder; remove it when it holds nothing',
  });
