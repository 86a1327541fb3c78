import type { ChildWorkflowHandle } from '@temporalio/workflow';
import type { Change, FailurePolicy, MachineOutcome } from '../model/index.js';
import type { batch } from './batch.js';
import { recount } from './counts.js';
import type { Questions } from './questions.js';
import type { ChangeContext, Counts, GroupProgress, GroupState, StopRequest, Verb } from './types.js';

export const batchSize = 500;

/** One group of a rollout, or the machines that it removes, as its parent sees it. */
export interface GroupRun {
  readonly group: string | null;
  readonly verb: Verb;
  readonly after: readonly string[];
  readonly machines: number;
  readonly maxParallel: number;
  readonly onFailure: FailurePolicy;
  readonly batches: string[];
  /** Why it must not be worked on at all. */
  readonly refused?: string;
  state: GroupState;
  counts: Counts;
  reason?: string;
}

/** What all groups of one change share. */
export interface GroupsState {
  readonly context: ChangeContext;
  readonly change: Change;
  readonly everyMachine: boolean;
  readonly questions: Questions;
  readonly outcomes: MachineOutcome[];
  readonly children: Set<ChildWorkflowHandle<typeof batch>>;
  /** Batches are counted over all groups. */
  batches: number;
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

export const progressOfGroup = ({
  group,
  after,
  state,
  machines,
  counts,
  batches,
  reason,
}: GroupRun): GroupProgress => ({
  ...{ group, after, state, machines, counts, batches, reason },
});
