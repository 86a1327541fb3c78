import { type ChildWorkflowHandle, startChild } from '@temporalio/workflow';
import { workflowId } from '../model/ids.js';
import type { Change, MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import { attributesAtStart } from './attributes.js';
import type { batch } from './batch.js';
import { childOptions, tellToStop } from './children.js';
import { addCounts, countBad, countWell } from './counts.js';
import type {
  BatchInput,
  BatchResult,
  ChangeContext,
  Counts,
  GroupProgress,
  GroupState,
  StopRequest,
  Verb,
} from './types.js';

export const batchSize = 500;

/** One group of a rollout, or the machines that it removes, as its parent sees it. */
export interface GroupRun {
  readonly group: string | null;
  readonly verb: Verb;
  readonly after: readonly string[];
  readonly machines: number;
  readonly maxParallel: number;
  /** Number of its first batch: batches are counted over all groups. */
  readonly firstBatch: number;
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
  readonly outcomes: MachineOutcome[];
  readonly children: Set<ChildWorkflowHandle<typeof batch>>;
  stop?: StopRequest;
}

/** Waits for the groups it comes after, then works through its batches; a group without a good base isn't started. */
export async function runGroup(
  state: GroupsState,
  run: GroupRun,
  before: readonly (readonly [GroupRun, Promise<void>])[],
): Promise<void> {
  await Promise.all(before.map(([, end]) => end));
  const obstacle = before.map(([one]) => one).find((one) => one.state !== 'done');
  if (run.refused !== undefined) return skip(state, run, 0, run.refused);
  if (obstacle !== undefined) return skip(state, run, 0, whyNot(obstacle));
  run.state = 'running';
  for (let from = 0; from < run.machines; from += batchSize) {
    if (state.stop !== undefined) return skip(state, run, from, `not started: stopped by ${state.stop.by}`);
    if (countBad(run.counts) > 0) return skip(state, run, from, `not started: group ${run.group} failed`);
    await runBatch(state, run, from);
  }
  run.state = stateAfter(state, run);
}

const whyNot = ({ group, state }: GroupRun): string =>
  `not started: group ${group} ${state === 'failed' ? 'failed' : 'was not done'}`;

function stateAfter(state: GroupsState, run: GroupRun): GroupState {
  if (countBad(run.counts) > 0) return 'failed';
  // Nobody reached any machine of it, so nothing that needs it can be right.
  if (run.machines > 0 && countWell(run.counts) === 0) return 'skipped';
  return state.stop === undefined ? 'done' : 'skipped';
}

/** Names the machines from `from` on as skipped. A group some of whose machines failed stays failed. */
async function skip(state: GroupsState, run: GroupRun, from: number, reason: string): Promise<void> {
  run.state = countBad(run.counts) > 0 ? 'failed' : 'skipped';
  run.reason = reason;
  run.counts = addCounts([run.counts, { skipped: run.machines - from }]);
  if (!state.everyMachine) return;
  const { plan, artifacts } = state.change;
  const left = await control.slice({ plan, artifacts, group: run.group, from, count: run.machines - from });
  for (const { machine } of left) state.outcomes.push({ machine, outcome: 'skipped', reason, phases: [] });
}

async function runBatch(state: GroupsState, run: GroupRun, from: number): Promise<void> {
  const child = await startBatch(state, run, from);
  state.children.add(child);
  if (state.stop !== undefined) await tellToStop([child], state.stop);
  try {
    const result: BatchResult = await child.result();
    run.counts = addCounts([run.counts, result.counts]);
    state.outcomes.push(...result.machines);
  } finally {
    state.children.delete(child);
  }
}

async function startBatch(state: GroupsState, run: GroupRun, from: number) {
  const { context, change } = state;
  const count = Math.min(batchSize, run.machines - from);
  const id = workflowId.batch(context.changeId, run.firstBatch + from / batchSize);
  run.batches.push(id);
  const { group, verb, maxParallel } = run;
  const input: BatchInput = {
    ...{ context, verb, group, from, count, maxParallel },
    plan: change.plan,
    artifacts: change.artifacts,
    everyMachine: state.everyMachine,
  };
  return startChild<typeof batch>('batch', {
    ...childOptions,
    workflowId: id,
    args: [input],
    memo: { changeId: context.changeId, group: group ?? '' },
    staticSummary: `${verb} ${group ?? 'removed machines'}: ${count} machines, ${maxParallel} at a time`,
    typedSearchAttributes: attributesAtStart(context, { revision: context.revision }),
  });
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
