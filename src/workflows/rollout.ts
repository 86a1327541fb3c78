import type { OutlineGroup } from '../activities/types.js';
import type { Change } from '../model/index.js';
import { type Outline, runChange } from './change.js';
import { batchSize, type GroupRun } from './groups.js';
import type { RolloutInput, RolloutResult } from './types.js';

/** Machines that are removed go by tens: nothing waits for them. */
const removedAtOnce = 10;
export const refusedDestroy = 'destroy refused without --allow-destroy';

/** A change over an environment: groups after groups, then what is no longer declared, newest number first. */
export function rollout(input: RolloutInput): Promise<RolloutResult> {
  return runChange(input, (outline, change) => {
    const groups = inBatches(outline.groups);
    return outline.removed === 0 ? groups : [...groups, removedRun(outline, change, groups)];
  });
}

/** Removes the machines of a plan; nothing else in it is looked at. */
export function destroy(input: RolloutInput): Promise<RolloutResult> {
  return runChange(input, (outline, change) => [removedRun(outline, change, [])]);
}

function inBatches(groups: readonly OutlineGroup[]): GroupRun[] {
  let firstBatch = 0;
  return groups.map((one) => {
    const run: GroupRun = { ...fresh, ...one, verb: 'apply', firstBatch, batches: [] };
    firstBatch += Math.ceil(one.machines / batchSize);
    return run;
  });
}

function removedRun(outline: Outline, change: Change, before: readonly GroupRun[]): GroupRun {
  return {
    ...fresh,
    group: null,
    verb: 'destroy',
    after: before.flatMap(({ group }) => (group === null ? [] : [group])),
    machines: outline.removed,
    maxParallel: removedAtOnce,
    firstBatch: before.reduce((sum, one) => sum + Math.ceil(one.machines / batchSize), 0),
    batches: [],
    refused: change.allowDestroy ? undefined : refusedDestroy,
  };
}

const fresh = { state: 'waiting', counts: {} } as const;
