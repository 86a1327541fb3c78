import { condition } from '@temporalio/workflow';
import { runBatch } from './batches.js';
import { allowance } from './budget.js';
import { isBad } from './counts.js';
import { settleBad } from './failures.js';
import { batchSize, type GroupRun, type GroupsState, type Part } from './groupRun.js';
import { learnUnreached } from './owed.js';
import { slidingWindow } from './window.js';

/** Machines at work at once that are worth another batch workflow beside the first. */
const worthAnother = 50;

/** One batch of a strategy, in slices that a workflow can bear; gives back why nothing more may start. */
export async function runSlices(state: GroupsState, run: GroupRun, part: Part): Promise<string | undefined> {
  const slices = slicesOf(part);
  const sideBySide = sideBySideOf(run, slices.length);
  const ends: string[] = [];
  const isOver = (): boolean => ends.length > 0 || state.stop !== undefined;
  await slidingWindow(
    slices,
    sideBySide,
    () => !isOver(),
    async (slice, started) => {
      started();
      const end = await runSlice({ state, run, slice, sideBySide, isOver });
      if (end === undefined) return;
      ends.push(end);
      state.governor.drain(run);
    },
  );
  return ends[0];
}

/** Machines beside those that they replace are counted in one batch workflow. */
function sideBySideOf({ maxParallel, strategy }: GroupRun, slices: number): number {
  return (strategy?.surge ?? 0) > 0 ? 1 : Math.min(slices, Math.ceil(maxParallel / worthAnother));
}

function slicesOf({ from, count }: Part): Part[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, n) => ({
    from: from + n * batchSize,
    count: Math.min(batchSize, count - n * batchSize),
  }));
}

interface Slice {
  readonly state: GroupsState;
  readonly run: GroupRun;
  readonly slice: Part;
  readonly sideBySide: number;
  /** Nothing more of the batch may start. */
  readonly isOver: () => boolean;
}

/** One slice to its end, over as many batch workflows as failures, pauses and new limits take. */
async function runSlice(one: Slice): Promise<string | undefined> {
  const { state, run, slice, sideBySide } = one;
  let part = slice;
  while (await mayBegin(one)) {
    const { machines, left } = await runBatch(state, run, { ...part, ...shareOf(state, run, sideBySide) });
    learnUnreached(run, slice, machines);
    const end = await settleBad(state, run, slice, machines.filter(isBad));
    if (end !== undefined || left.length === 0) return end;
    part = { ...slice, only: left };
  }
  return undefined;
}

/** Waits while something holds the rollout back, or a failure in another slice waits for its answer. */
async function mayBegin({ state: { governor }, run, isOver }: Slice): Promise<boolean> {
  await condition(() => isOver() || (run.asking === 0 && governor.obstacle === undefined));
  return !isOver();
}

/** What each of those that are side by side may take of what the whole batch may. */
const shareOf = (state: GroupsState, run: GroupRun, sideBySide: number) => ({
  maxParallel: Math.max(1, Math.floor(run.maxParallel / sideBySide)),
  maxFailed: Math.floor(allowance(state, run) / sideBySide),
});
