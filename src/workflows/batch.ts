import { CancellationScope, CancelledFailure, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { SliceMachine } from '../activities/types.js';
import type { MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import { busy, type MachineChild, startMachine, withoutResult } from './child-machine.js';
import { isChild, tellToStop } from './children.js';
import { countsOf, isBad, isWell, textOf } from './counts.js';
import { batchProgress, descriptions, stopSignal } from './messages.js';
import type { BatchInput, BatchProgress, BatchResult, StopRequest } from './types.js';
import { slidingWindow } from './window.js';

/** How many machines that aren't well a result of a big rollout names, per batch. */
const namedPerBatch = 50;

interface Batch {
  readonly input: BatchInput;
  readonly running: Map<string, MachineChild | undefined>;
  readonly done: MachineOutcome[];
  waiting: number;
  /** The first machine that failed. */
  bad?: string;
  stop?: StopRequest;
}

/** At most 500 machines in a sliding window. The first that fails keeps further ones from being started. */
export async function batch(input: BatchInput): Promise<BatchResult> {
  const state: Batch = { input, running: new Map(), done: [], waiting: input.count };
  setHandler(batchProgress, () => progressOf(state), { description: descriptions.progress });
  setHandler(stopSignal, (request) => stop(state, request), { description: descriptions.stop });

  const machines = await control.slice(input);
  state.waiting = machines.length;
  const left = await slidingWindow(
    machines,
    input.maxParallel,
    () => state.stop === undefined && state.bad === undefined,
    (one, started) => work(state, one, started),
  );
  state.waiting = 0;
  for (const { machine } of left) {
    settle(state, { machine, outcome: 'skipped', reason: whyNot(state), phases: [] });
  }
  setCurrentDetails(textOf(countsOf(state.done)));
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the batch was cancelled');
  return resultOf(state);
}

async function work(state: Batch, one: SliceMachine, started: () => void): Promise<void> {
  state.waiting--;
  state.running.set(one.machine, undefined);
  const outcome = await live(state, one, started).catch((error: unknown) =>
    withoutResult(one.machine, error),
  );
  state.running.delete(one.machine);
  settle(state, outcome);
}

async function live(state: Batch, one: SliceMachine, started: () => void): Promise<MachineOutcome> {
  const child = await startMachine(state.input, one, started);
  if (!isChild(child)) return busy(state.input, one, child);
  state.running.set(one.machine, child);
  if (state.stop !== undefined) await tellToStop([child], state.stop);
  return await child.result();
}

function settle(state: Batch, outcome: MachineOutcome): void {
  state.done.push(outcome);
  if (isBad(outcome)) state.bad ??= outcome.machine;
}

const whyNot = ({ stop, bad }: Batch): string =>
  stop === undefined ? `not started: ${bad ?? 'the batch'} failed` : `not started: stopped by ${stop.by}`;

async function stop(state: Batch, request: StopRequest): Promise<void> {
  state.stop ??= request;
  const children = [...state.running.values()].filter((child) => child !== undefined);
  await tellToStop(children, request);
}

const progressOf = ({ input, waiting, running, done }: Batch): BatchProgress => ({
  group: input.group,
  waiting,
  running: [...running.keys()],
  done,
});

function resultOf({ input, done }: Batch): BatchResult {
  const named = input.everyMachine ? done : done.filter((one) => !isWell(one)).slice(0, namedPerBatch);
  return { counts: countsOf(done), machines: named };
}
