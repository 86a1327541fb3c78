import {
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  setCurrentDetails,
  setHandler,
} from '@temporalio/workflow';
import type { SliceMachine } from '../activities/types.js';
import type { MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import { busy, type MachineChild, startMachine, withoutResult } from './child-machine.js';
import { isChild, tellToStop } from './children.js';
import { countsOf, isBad, isSpending, isWell, textOf } from './counts.js';
import { batchProgress, descriptions, drainSignal, stopSignal } from './messages.js';
import { type SurveyWatcher, settleAligned, surveyId } from './survey.js';
import type { BatchInput, BatchProgress, BatchResult, StopRequest } from './types.js';
import { slidingWindow } from './window.js';

/** How many machines that aren't well a result of a big rollout names, per batch; those that ask are always named. */
const namedPerBatch = 50;

interface Batch {
  readonly input: BatchInput;
  readonly running: Map<string, MachineChild | undefined>;
  /** Machines of each survey that is being made, by its activity. */
  readonly looking: Map<string, readonly string[]>;
  readonly done: MachineOutcome[];
  waiting: number;
  /** How many failed; one whose failure is no matter of a budget is one too many. */
  bad: number;
  /** Nothing more is to be begun for now. */
  draining: boolean;
  stop?: StopRequest;
}

/**
 * At most 500 machines: those that are as they should be are settled first, the others have a workflow each, in a sliding
 * window. More that fail than may keep further ones from being started.
 */
export async function batch(input: BatchInput): Promise<BatchResult> {
  const state: Batch = {
    ...{ input, running: new Map(), looking: new Map(), done: [] },
    ...{ waiting: input.count, bad: 0, draining: false },
  };
  setHandler(batchProgress, () => progressOf(state), { description: descriptions.progress });
  setHandler(stopSignal, (request) => stop(state, request), { description: descriptions.stop });
  setHandler(drainSignal, () => drain(state), { description: descriptions.drain });

  const machines = chosen(input, await control.slice(input));
  state.waiting = machines.length;
  const left = await slidingWindow(
    await settleAligned(input, machines, watcherOf(state)),
    sideBySide(input, machines),
    () => mayGoOn(state),
    (one, started) => work(state, one, started),
  );
  state.waiting = 0;
  setCurrentDetails(textOf(countsOf(state.done)));
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the batch was cancelled');
  return resultOf(state, namesOf(left));
}

/** What was never verified has nothing to return to: a rollback leaves it as it is. */
const chosen = ({ only, verb }: BatchInput, machines: readonly SliceMachine[]): readonly SliceMachine[] =>
  machines.filter(
    ({ machine, verified }) =>
      (only === undefined || only.includes(machine)) && (verb !== 'rollback' || verified !== null),
  );

/** One machine that can't be put back is no reason to leave the others as they are. */
const mayGoOn = ({ stop, bad, draining, input: { verb, maxFailed = 0 } }: Batch): boolean =>
  verb === 'rollback' || (stop === undefined && !draining && bad <= maxFailed);

function drain(state: Batch): void {
  state.draining = true;
}

/** Each that is replaced with a new one beside it takes the room of one more. */
function sideBySide({ maxParallel, surge = 0 }: BatchInput, machines: readonly SliceMachine[]): number {
  const replaces = surge > 0 && machines.some(({ action }) => action === 'replace');
  return replaces ? Math.min(maxParallel, surge) : maxParallel;
}

const watcherOf = (state: Batch): SurveyWatcher => ({
  more: () => mayGoOn(state),
  begun(part) {
    state.waiting -= part.length;
    state.looking.set(surveyId(part), namesOf(part));
  },
  ended(part, outcomes) {
    state.looking.delete(surveyId(part));
    state.waiting += part.length - outcomes.length;
    state.done.push(...outcomes);
  },
});

const namesOf = (machines: readonly SliceMachine[]): string[] => machines.map((one) => one.machine);

async function work(state: Batch, one: SliceMachine, started: () => void): Promise<void> {
  state.waiting--;
  state.running.set(one.machine, undefined);
  const outcome = await live(state, one, started).catch((error: unknown) =>
    withoutResult(one.machine, error),
  );
  state.running.delete(one.machine);
  state.done.push(outcome);
  if (isBad(outcome)) state.bad += isSpending(outcome) ? 1 : Number.POSITIVE_INFINITY;
}

async function live(state: Batch, one: SliceMachine, started: () => void): Promise<MachineOutcome> {
  const refused = refusal(state.input, one);
  if (refused !== undefined) return { machine: one.machine, outcome: 'skipped', reason: refused, phases: [] };
  const child = await startMachine(state.input, one, started);
  if (!isChild(child)) return busy(state.input, one, child);
  state.running.set(one.machine, child);
  if (state.stop !== undefined) await tellToStop([child], state.stop);
  return await child.result();
}

function refusal({ verb, allowReplace }: BatchInput, { action, machine }: SliceMachine): string | undefined {
  if (verb !== 'apply' || action !== 'replace' || allowReplace) return undefined;
  return `replacing ${machine} refused without --allow-destroy`;
}

async function stop(state: Batch, request: StopRequest): Promise<void> {
  state.stop ??= request;
  const children = [...state.running.values()].filter((child) => child !== undefined);
  await tellToStop(children, request);
}

const progressOf = ({ input, waiting, running, looking, done }: Batch): BatchProgress => ({
  group: input.group,
  waiting,
  running: [...running.keys(), ...[...looking.values()].flat()],
  looking: Object.fromEntries(looking),
  done,
});

function resultOf({ input, done }: Batch, left: readonly string[]): BatchResult {
  return { counts: countsOf(done), machines: input.everyMachine ? done : named(done), left };
}

/** Beyond the first ones without their output, which is in the record: a result has a limit of two MiB. */
function named(done: readonly MachineOutcome[]): MachineOutcome[] {
  const bad = done.filter(isBad);
  const unwell = done.filter((one) => !isWell(one) && !isBad(one)).slice(0, namedPerBatch);
  return [...bad.slice(0, namedPerBatch), ...bad.slice(namedPerBatch).map(brief), ...unwell];
}

const brief = (outcome: MachineOutcome): MachineOutcome => ({
  ...outcome,
  phases: [],
  failure: outcome.failure && { ...outcome.failure, detail: undefined },
});
