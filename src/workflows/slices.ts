import { condition } from '@temporalio/workflow';
import { runBatch } from './batches.js';
import { grant } from './budget.js';
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
  const whole = { state, run, sideBySide, atWork: 0, isEnded: false };
  const ends: string[] = [];
  const endAll = (): void => {
    whole.isEnded = true;
    state.governor.drain(run);
  };
  await slidingWindow(
    slices,
    sideBySide,
    () => !isOver(whole),
    async (slice, started) => {
      started();
      const end = await runSlice(whole, slice).catch((error: unknown) => {
        endAll();
        throw error;
      });
      if (end === undefined) return;
      ends.push(end);
      endAll();
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

/** One batch of a strategy, as its slices share it. */
interface Whole {
  readonly state: GroupsState;
  readonly run: GroupRun;
  readonly sideBySide: number;
  /** Slices that have a batch workflow at work now. */
  atWork: number;
  /** A slice came to an end after which nothing more of the batch may start. */
  isEnded: boolean;
}

const isOver = ({ state, isEnded }: Whole): boolean => isEnded || state.stop !== undefined;

/** One slice to its end, over as many batch workflows as failures, pauses and new limits take. */
async function runSlice(whole: Whole, slice: Part): Promise<string | undefined> {
  const { state, run, sideBySide } = whole;
  let part = slice;
  while (await mayBegin(whole)) {
    const share = shareOf(state, run, sideBySide);
    state.granted += share.maxFailed;
    const { machines, left } = await runBatch(state, run, { ...part, ...share }).finally(() => {
      whole.atWork--;
      state.granted -= share.maxFailed;
    });
    learnUnreached(run, slice, machines);
    const end = await settleBad(state, run, slice, machines.filter(isBad));
    if (end !== undefined || left.length === 0) return end;
    part = { ...slice, only: left };
  }
  return undefined;
}

/**
 * Waits while something holds the rollout back, a failure in another slice waits for its answer, or others take all that a
 * new limit lets be at work. True: it counts as at work.
 */
async function mayBegin(whole: Whole): Promise<boolean> {
  const { run } = whole;
  const { governor } = whole.state;
  const isFree = (): boolean =>
    run.asking === 0 && governor.obstacle === undefined && whole.atWork < run.maxParallel;
  // Again after waiting: others that waited for the same may have been faster.
  while (!isOver(whole) && !isFree()) await condition(() => isOver(whole) || isFree());
  if (isOver(whole)) return false;
  whole.atWork++;
  return true;
}

/** What each of those that are side by side may take of what the whole batch may. */
const shareOf = (state: GroupsState, run: GroupRun, sideBySide: number) => ({
  maxParallel: Math.max(1, Math.floor(run.maxParallel / sideBySide)),
  maxFailed: grant(state, run, sideBySide),
});
