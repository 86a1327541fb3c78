import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { Change, FailurePolicy, MachineOutcome, Strategy } from '../model/index.js';
import type { batch } from './batch.js';
import { recount } from './counts.js';
import type { Gates } from './gates.js';
import type { Governor } from './governor.js';
import type { Questions } from './questions.js';
import type { ChangeContext, Counts, GroupProgress, GroupState, StopRequest, Verb } from './types.js';

export const batchSize = 500;

/** One group of a rollout, or the machines that it removes, as its parent sees it. */
export interface GroupRun {
  readonly group: string | null;
  readonly verb: Verb;
  readonly after: readonly string[];
  readonly machines: number;
  maxParallel: number;
  readonly strategy?: Strategy;
  /** Sizes of its batches, each of which is worked through before the next one begins. */
  readonly sizes: readonly number[];
  readonly onFailure: FailurePolicy;
  readonly batches: string[];
  /** Why it must not be worked on at all. */
  readonly refused?: string;
  state: GroupState;
  drains: number;
  /** Slices whose failures wait for an answer: nothing of the batch is begun meanwhile. */
  asking: number;
  counts: Counts;
  reason?: string;
  /** Index in `sizes`. */
  batch: number;
  soaksUntil?: string;
  /** Somebody ended the soak. */
  promoted?: boolean;
  /** Machines that nobody reached, with the slices that they belong to. */
  readonly unreached: Map<string, { readonly outcome: MachineOutcome; readonly slice: Part }>;
  /** Machines that failed and were allowed to, in this batch and in the whole group. */
  readonly tolerated: { batch: number; group: number };
}

/** What all groups of one change share. */
export interface GroupsState {
  readonly context: ChangeContext;
  readonly change: Change;
  readonly everyMachine: boolean;
  readonly questions: Questions;
  readonly outcomes: MachineOutcome[];
  readonly groups: readonly GroupRun[];
  readonly governor: Governor;
  readonly gates: Gates;
  /** Machines of the whole change that may fail. */
  readonly maxFailed?: number;
  /** Running batches with their groups. */
  readonly children: Map<ChildWorkflowHandle<typeof batch>, GroupRun>;
  /** Batches are counted over all groups. */
  batches: number;
  /** Machines that batches at work may lose. */
  granted: number;
  /** Machines that were to be put back and are as they were: held, busy, or stopped before it. */
  readonly owesBack: Set<string>;
  stop?: StopRequest;
}

/** A part of a group: a slice of it, or the machines of the slice that are named. */
export interface Part {
  readonly from: number;
  readonly count: number;
  readonly only?: readonly string[];
}

/** The machine counts as `after` from now on. */
export function settle(
  { outcomes }: GroupsState,
  run: GroupRun,
  before: Pick<MachineOutcome, 'outcome'> | undefined,
  after: MachineOutcome,
): void {
  if (before !== undefined) run.counts = recount(run.counts, before.outcome, after.outcome);
  const at = outcomes.findIndex(({ machine }) => machine === after.machine);
  outcomes.splice(at < 0 ? outcomes.length : at, 1, after);
}

export const progressOfGroup = (run: GroupRun): GroupProgress => {
  const { group, after, state, machines, counts, batches, reason, maxParallel, soaksUntil } = run;
  const several = run.sizes.length > 1 ? { sizes: run.sizes, batch: run.batch } : {};
  const maxFailed = allowedOf(run);
  return {
    ...{ group, after, state, machines, counts, batches, reason, maxParallel, maxFailed },
    failed: run.tolerated.batch,
    ...(soaksUntil === undefined ? {} : { soaksUntil }),
    ...several,
  };
};

/** Of a canary none may fail. */
export const allowedOf = (run: GroupRun): number =>
  run.batch === 0 && run.sizes.length > 1 ? 0 : (run.strategy?.maxFailed ?? 0);
