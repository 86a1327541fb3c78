import { canonicalJson, type InstanceInfo, type MachineShape, shapeDigest } from '../../model/index.js';
import type { Progress } from '../port.js';
import { exclusively } from './exclusive.js';
import { failure, hasInfoCode } from './fail.js';
import { describe } from './inventory.js';
import type { Held } from './lock.js';
import { shutDown } from './off.js';
import { endAll, processesOf } from './power.js';
import { type Inventory, replaceShape } from './record.js';
import { bringUp, settle } from './restore.js';
import type { Site } from './site.js';

const FLUSH_MS = 5000;

/** Shuts down, writes the new shape down, starts: a death anywhere leaves the old shape or the new one. */
export function reshape(
  site: Site,
  instance: string,
  shape: MachineShape,
  progress: Progress,
): Promise<InstanceInfo> {
  return exclusively(site, instance, progress, async (found, held) => {
    const before = await settle(site, found, held, progress);
    refuseReplacement(before, shape);
    const reshaped = await takeUp(site, before, shape, held, progress);
    return describe(site, await bringUp(site, reshaped, held, progress));
  });
}

async function takeUp(site: Site, before: Inventory, shape: MachineShape, held: Held, progress: Progress) {
  if (before.record.shape === shapeDigest(shape)) return before;
  progress({ step: 'shutting down' });
  await end(site, before, progress);
  return replaceShape(before, shape, held);
}

/** A guest that doesn't hear the button would keep its old shape for ever. */
async function end(site: Site, inventory: Inventory, progress: Progress): Promise<void> {
  const processes = await processesOf(site.layout, inventory);
  try {
    for (const one of processes) await shutDown(inventory, one, progress);
  } catch (error) {
    if (!hasInfoCode(error, 'MW-STOP-TIMEOUT')) throw error;
    await endAll(processes, FLUSH_MS);
  }
}

function refuseReplacement({ record }: Inventory, next: MachineShape): void {
  const now = record.request.shape;
  const { cpus, memoryMiB, publish } = next;
  if (shapeDigest({ ...now, cpus, memoryMiB, publish }) === shapeDigest(next)) return;
  const parts = (['image', 'diskMiB', 'disks', 'nics'] as const).filter(
    (part) => canonicalJson(now[part]) !== canonicalJson(next[part]),
  );
  throw failure(
    'MW-SHAPE-REPLACE',
    `a power cycle can't give ${record.request.instance} another ${parts.join(', ')}`,
    {
      cause: 'change',
      detail: parts.map((part) => `${part}: ${canonicalJson(now[part])} → ${canonicalJson(next[part])}`),
      remedy: `millwright replace ${record.request.ref.machine}`,
    },
  );
}
