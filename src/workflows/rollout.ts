import type { OutlineGroup } from '../activities/types.js';
import type { Change } from '../model/index.js';
import { type Outline, runChange } from './change.js';
import type { GroupRun } from './groupRun.js';
import type { RolloutInput, RolloutResult } from './types.js';

/** Machines that are removed go by tens: nothing waits for them. */
const removedAtOnce = 10;
export const refusedDestroy = 'destroy refused without --allow-destroy';

/**
 * A change over an environment: groups after groups, then what is no longer declared, newest number first. A change that
 * takes another one back works on the same plan in the other direction.
 */
export function rollout(input: RolloutInput): Promise<RolloutResult> {
  return runChange(input, (outline, change) => {
    const groups = outline.groups.map((one) => groupRun(one, change));
    const removes = outline.removed > 0 && change.of === undefined;
    return removes ? [...groups, removedRun(outline, change, groups)] : groups;
  });
}

/** Removes the machines of a plan; nothing else in it is looked at. */
export function destroy(input: RolloutInput): Promise<RolloutResult> {
  return runChange(input, (outline, change) => [removedRun(outline, change, [])]);
}

const groupRun = (one: OutlineGroup, { of }: Change): GroupRun => ({
  ...fresh(),
  ...one,
  sizes: one.strategy?.batches ?? [one.machines],
  verb: of === undefined ? 'apply' : 'rollback',
});

const removedRun = (outline: Outline, change: Change, before: readonly GroupRun[]): GroupRun => ({
  ...fresh(),
  group: null,
  sizes: [outline.removed],
  verb: 'destroy',
  after: before.flatMap(({ group }) => (group === null ? [] : [group])),
  machines: outline.removed,
  maxParallel: removedAtOnce,
  // Whoever destroys says so again; nobody is left to ask for a machine that is going away.
  onFailure: 'stop',
  refused: change.allowDestroy ? undefined : refusedDestroy,
});

const fresh = () => ({
  ...{ state: 'waiting' as const, counts: {}, batches: [], batch: 0, asking: 0, drains: 0 },
  ...{ tolerated: { batch: 0, group: 0 }, unreached: new Map() },
});
