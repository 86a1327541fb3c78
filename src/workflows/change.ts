import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  isCancellation,
} from '@temporalio/workflow';
import type { PlanOutline } from '../activities/types.js';
import type { Change } from '../model/index.js';
import { control } from './activities.js';
import { showOutcome } from './attributes.js';
import { tellToDrain } from './children.js';
import { addCounts, countBad, countWell, textOf } from './counts.js';
import { showEnd, showWaiting } from './details.js';
import { disagreed, keepReconciled, within } from './enter.js';
import { failureOf } from './failure.js';
import { Gates } from './gates.js';
import { Governor } from './governor.js';
import { batchSize, type GroupRun, type GroupsState, progressOfGroup } from './groupRun.js';
import { runGroup } from './groups.js';
import { learnOwn, putBackAll } from './putBack.js';
import { answered, Questions } from './questions.js';
import type { Running } from './running.js';
import { listen } from './steering.js';
import type { RolloutInput, RolloutOutcome, RolloutProgress, RolloutResult } from './types.js';

export type Outline = PlanOutline;

/** Which groups a change works on, in an order where each stands behind those it comes after. */
export type Parts = (outline: Outline, change: Change) => readonly GroupRun[];

/** The frame of every change: begun and ended in the record, steerable, its state open to queries. */
export async function runChange(input: RolloutInput, parts: Parts): Promise<RolloutResult> {
  const state = begin(input);
  listen(state, () => progressOf(state));
  const cancellation = await cancelled(state, parts);
  if (cancellation !== undefined) await CancellationScope.nonCancellable(() => putAllBack(state));
  const result = resultOf(state, cancellation !== undefined);
  state.result = result;
  // A vote that is being judged is answered, too late or not.
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  await CancellationScope.nonCancellable(() =>
    control.endChange({ changeId: input.changeId, outcome: result.outcome }),
  );
  showOutcome(result.outcome);
  // One that comes when all is done cancels nothing: the outcome stands.
  if (cancellation !== undefined && CancellationScope.current().consideredCancelled) throw cancellation;
  return result;
}

/** Does the work; gives back what it was cancelled by, also where it had come to its end when that was heard. */
async function cancelled(state: Running, parts: Parts): Promise<unknown> {
  const { working } = state;
  try {
    await working.run(() => work(state, parts));
  } catch (error) {
    if (isCancellation(error)) return error;
    state.failure = failureOf(error);
  }
  return working.consideredCancelled ? new CancelledFailure('the change was cancelled') : undefined;
}

function begin(input: RolloutInput): Running {
  const show = (): void => showWaiting(progressOf(state));
  const isEnding = (): boolean => state.stop !== undefined || state.rollingBack !== undefined;
  const state: Running = {
    ...{ input, working: new CancellationScope(), groups: [] },
    questions: new Questions(input.changeId, show),
    gates: new Gates(
      input.changeId,
      isEnding,
      show,
      () => control.agreement({ change: input.change }),
      (gate) => disagreed(state, gate),
    ),
    governor: new Governor({
      isEnding,
      groups: () => state.groups,
      drain: (run) => void tellToDrain(state.shared?.children ?? new Map(), run),
    }),
  };
  return state;
}

async function work(state: Running, parts: Parts): Promise<unknown> {
  const { run, change } = await control.beginChange(state.input.change);
  state.run = run;
  state.change = change;
  const outline = await control.outline(change.plan);
  state.groups = parts(outline, change);
  const shared = sharedState(state, change, outline);
  state.shared = shared;
  // What takes a change back waits for nobody.
  if (change.of !== undefined) return putBackAll(shared, state.groups, change.of);
  await within(state, shared, outline, () => runGroups(shared, state.groups));
  const isInForce = state.groups.every((one) => one.state === 'done');
  if (change.verb === 'up' && isInForce) await keepReconciled(change);
}

/** What a cancellation means, from whom it ever came: all that this change touched is put back. */
async function putAllBack(state: Running): Promise<void> {
  const { shared, groups, change, input, questions } = state;
  if (shared === undefined || change === undefined || change.verb === 'destroy') return;
  if (change.of !== undefined) return learnOwn(shared, groups, input.changeId);
  state.rollingBack ??= { by: 'Temporal Cancel' };
  await questions.note(answered('rollback', state.rollingBack, null));
  shared.stop = undefined;
  await putBackAll(shared, groups, input.changeId).catch((error: unknown) => {
    state.failure = failureOf(error);
  });
}

function sharedState(running: Running, change: Change, { maxFailed }: Outline): GroupsState {
  const { input, groups, questions, stop, governor, gates } = running;
  const { fleet, fleetUid, environment, changeId, timing } = input;
  return {
    context: {
      ...{ fleet, fleetUid, environment, changeId, timing },
      revision: change.revision,
      startedBy: change.startedBy,
      of: change.of,
      steps: change.steps,
    },
    ...{ change, questions, governor, gates, groups, maxFailed },
    everyMachine: groups.reduce((sum, one) => sum + one.machines, 0) <= batchSize,
    outcomes: [],
    children: new Map(),
    ...{ batches: 0, granted: 0, owesBack: new Set() },
    stop,
  };
}

/** All groups at once, each waiting for its own; a broken one doesn't end the others. Throws what broke them. */
async function runGroups(shared: GroupsState, groups: readonly GroupRun[]): Promise<void> {
  const ends = new Map<GroupRun, Promise<void>>();
  for (const one of groups) {
    const before = [...ends].filter(([other]) => other.group !== null && one.after.includes(other.group));
    ends.set(one, runGroup(shared, one, before));
  }
  const broken = (await Promise.allSettled(ends.values())).flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  if (broken.length > 0) throw broken.find(isCancellation) ?? broken[0];
}

function resultOf(state: Running, cancelled: boolean): RolloutResult {
  const counts = addCounts(state.groups.map((one) => one.counts));
  const outcome = outcomeOf(state, cancelled);
  showEnd(`${outcome}: ${textOf(counts)}`);
  return {
    run: state.run ?? 0,
    changeId: state.input.changeId,
    outcome,
    counts,
    machines: state.shared?.outcomes ?? [],
    failure: state.failure,
  };
}

/** The worst of what happened. A rollback is only claimed where nothing failed beside it. */
function outcomeOf(state: Running, cancelled: boolean): RolloutOutcome {
  const counts = addCounts(state.groups.map((one) => one.counts));
  const back = counts['rolled-back-verified'] ?? 0;
  if (counts['rollback-failed']) return 'rollback-failed';
  if (state.shared !== undefined && state.shared.owesBack.size > 0)
    return state.shared.stop === undefined ? 'rollback-failed' : 'stopped';
  // Others went on without the machines that were put back.
  if (state.rollingBack === undefined && state.groups.some((one) => one.tolerated.group > 0)) return 'failed';
  if (back > 0 && state.failure === undefined && countBad(counts) === 0) return 'rolled-back-verified';
  if (cancelled) return 'cancelled';
  if (state.failure !== undefined || countBad(counts) > 0) return 'failed';
  if (state.change?.of !== undefined) return 'failed';
  if (state.barred !== undefined) return state.barred;
  const unwell = state.groups.some((one) => countWell(one.counts) < one.machines);
  return state.stop !== undefined && unwell ? 'stopped' : 'succeeded';
}

const progressOf = (state: Running): RolloutProgress => ({
  change: state.change,
  run: state.run,
  changeId: state.input.changeId,
  intent: state.input.intent,
  stopping: state.stop,
  groups: state.groups.map(progressOfGroup),
  questions: state.questions.open,
  answered: state.questions.answered,
  rollingBack: state.rollingBack,
  paused: state.governor.paused ?? state.governor.closed,
  gates: state.gates.progress,
  window: state.governor.window,
  result: state.result,
});
