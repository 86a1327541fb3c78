import { ApplicationFailure } from '@temporalio/common';
import { CancellationScope, isCancellation, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { OutlineGroup } from '../activities/types.js';
import type { Change, FailureInfo } from '../model/index.js';
import { control } from './activities.js';
import { showOutcome } from './attributes.js';
import { tellToStop } from './children.js';
import { addCounts, countWell, textOf } from './counts.js';
import { failureOf } from './failure.js';
import { batchSize, type GroupRun, type GroupsState, progressOfGroup, runGroup } from './groups.js';
import { descriptions, rolloutProgress, stopUpdate } from './messages.js';
import type { RolloutInput, RolloutOutcome, RolloutProgress, RolloutResult, StopRequest } from './types.js';

export interface Outline {
  readonly groups: readonly OutlineGroup[];
  readonly removed: number;
}

/** Which groups a change works on, in an order where each stands behind those it comes after. */
export type Parts = (outline: Outline, change: Change) => readonly GroupRun[];

interface State {
  readonly input: RolloutInput;
  groups: readonly GroupRun[];
  shared?: GroupsState;
  change?: Change;
  run?: number;
  stop?: StopRequest;
  failure?: FailureInfo;
  result?: RolloutResult;
}

/** The frame of rollout and destroy: begun and ended in the record, stoppable, its state open to queries. */
export async function runChange(input: RolloutInput, parts: Parts): Promise<RolloutResult> {
  const state: State = { input, groups: [] };
  listen(state);
  const cancellation = await work(state, parts).catch((error: unknown) => {
    if (isCancellation(error)) return error;
    state.failure = failureOf(error);
    return undefined;
  });
  const result = resultOf(state, cancellation !== undefined);
  state.result = result;
  await CancellationScope.nonCancellable(() =>
    control.endChange({ changeId: input.changeId, outcome: result.outcome }),
  );
  showOutcome(result.outcome);
  if (cancellation !== undefined) throw cancellation;
  return result;
}

function listen(state: State): void {
  setHandler(rolloutProgress, () => progressOf(state), { description: descriptions.progress });
  setHandler(stopUpdate, (request) => stop(state, request), {
    description: descriptions.stop,
    validator: (request) => refuseStop(state, request),
  });
}

async function work(state: State, parts: Parts): Promise<unknown> {
  const { run, change } = await control.beginChange(state.input.change);
  state.run = run;
  state.change = change;
  const outline = await control.outline(change.plan);
  state.groups = parts(outline, change);
  const shared = sharedState(state, change);
  state.shared = shared;
  return runGroups(shared, state.groups);
}

function sharedState({ input, groups, stop }: State, change: Change): GroupsState {
  const { fleet, fleetUid, environment, changeId, timing } = input;
  return {
    context: {
      fleet,
      fleetUid,
      environment,
      changeId,
      timing,
      revision: change.revision,
      startedBy: change.startedBy,
    },
    change,
    everyMachine: groups.reduce((sum, one) => sum + one.machines, 0) <= batchSize,
    outcomes: [],
    children: new Set(),
    stop,
  };
}

/** All groups at once, each waiting for its own; a broken one doesn't end the others. Gives back a cancellation. */
async function runGroups(shared: GroupsState, groups: readonly GroupRun[]): Promise<unknown> {
  const ends = new Map<GroupRun, Promise<void>>();
  for (const one of groups) {
    const before = [...ends].filter(([other]) => other.group !== null && one.after.includes(other.group));
    ends.set(one, runGroup(shared, one, before));
  }
  const broken = (await Promise.allSettled(ends.values())).flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  const cancellation = broken.find(isCancellation);
  if (cancellation === undefined && broken.length > 0) throw broken[0];
  return cancellation;
}

function refuseStop({ result }: State, request: StopRequest): void {
  if (result !== undefined)
    throw ApplicationFailure.nonRetryable(`it has ended: ${result.outcome}`, 'MW-STOP-ENDED');
  if (!request.by)
    throw ApplicationFailure.nonRetryable('a stop needs the name of who asks', 'MW-STOP-ANONYMOUS');
}

async function stop(state: State, request: StopRequest): Promise<{ stopping: true }> {
  state.stop ??= request;
  if (state.shared !== undefined) state.shared.stop ??= request;
  await tellToStop([...(state.shared?.children ?? [])], request);
  return { stopping: true };
}

function resultOf(state: State, cancelled: boolean): RolloutResult {
  const counts = addCounts(state.groups.map((one) => one.counts));
  const outcome = outcomeOf(state, cancelled);
  setCurrentDetails(`${outcome}: ${textOf(counts)}`);
  return {
    run: state.run ?? 0,
    changeId: state.input.changeId,
    outcome,
    counts,
    machines: state.shared?.outcomes ?? [],
    failure: state.failure,
  };
}

function outcomeOf(state: State, cancelled: boolean): RolloutOutcome {
  if (cancelled) return 'cancelled';
  if (state.failure !== undefined || state.groups.some((one) => one.state === 'failed')) return 'failed';
  const unwell = state.groups.some((one) => countWell(one.counts) < one.machines);
  return state.stop !== undefined && unwell ? 'stopped' : 'succeeded';
}

const progressOf = (state: State): RolloutProgress => ({
  change: state.change,
  run: state.run,
  changeId: state.input.changeId,
  intent: state.input.intent,
  stopping: state.stop,
  groups: state.groups.map(progressOfGroup),
  result: state.result,
});
