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
  await slidingWindow(
    slices,
    sideBySide,
    () => ends.length === 0 && !isStopped(state),
    async (slice, started) => {
      started();
      const end = await runSlice(state, run, slice, sideBySide);
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

/** One slice to its end, over as many batch workflows as failures, pauses and new limits take. */
async function runSlice(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  sideBySide: number,
): Promise<string | undefined> {
  let part = slice;
  for (;;) {
    await state.governor.mayBegin();
    if (isStopped(state)) return undefined;
    const { machines, left } = await runBatch(state, run, { ...part, ...shareOf(state, run, sideBySide) });
    learnUnreached(run, slice, machines);
    const end = await settleBad(state, run, slice, machines.filter(isBad));
    if (end !== undefined) return end;
    if (left.length === 0) return undefined;
    if (isStopped(state)) return undefined;
    part = { ...slice, only: left };
  }
}

const isStopped = ({ stop }: GroupsState): boolean => stop !== undefined;

/** What each of those that are side by side may take of what the whole batch may. */
const shareOf = (state: GroupsState, run: GroupRun, sideBySide: number) => ({
  maxParallel: Math.max(1, Math.floor(run.maxParallel / sideBySide)),
  maxFailed: Math.floor(allowance(state, run) / sideBySide),
});
