import type { CreateRequest } from '../port.js';
import { failure } from './fail.js';
import { machineIdOf } from './layout.js';
import { qemuProcesses } from './processes.js';
import type { Site } from './site.js';

/** A disk with `keep` is one file for all instances of a machine, and two guests that write to it destroy it. */
export async function refuseAttached(site: Site, { instance, shape }: CreateRequest): Promise<void> {
  const kept = shape.disks.find((disk) => disk.keep);
  if (!kept) return;
  const machine = machineIdOf(instance);
  const all = await qemuProcesses(site.layout.instances);
  const other = all.find((one) => one.instance !== instance && machineIdOf(one.instance) === machine);
  if (!other) return;
  throw failure(
    'MW-DISK-ATTACHED',
    `disk ${kept.name} can't be given to ${instance}: ${other.instance} runs with it (process ${other.pid})`,
    { cause: 'machine', remedy: 'destroy that instance, or power it off, first' },
  );
}
