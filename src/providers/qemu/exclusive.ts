import type { Progress } from '../port.js';
import { machineIdOf } from './layout.js';
import { type Held, type LockOptions, withLock } from './lock.js';
import { type Inventory, readInstance } from './record.js';
import type { Site } from './site.js';

/** Works on an existing instance while nobody else does. MW-INSTANCE-ABSENT when there is none. */
export function exclusively<T>(
  { layout }: Site,
  instance: string,
  progress: Progress,
  act: (inventory: Inventory, held: Held) => Promise<T>,
): Promise<T> {
  return withLock(layout.lock(machineIdOf(instance)), waiting(progress), async (held) =>
    act(await readInstance(layout.instance(instance)), held),
  );
}

export const waiting = (progress: Progress, signal?: AbortSignal): LockOptions => ({
  signal,
  waiting: (holder) =>
    progress({ step: `waiting for process ${holder?.pid ?? '?'}, which works on this machine` }),
});
