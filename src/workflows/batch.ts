import {
  CancellationScope,
  CancelledFailure,
  type ChildWorkflowHandle,
  isCancellation,
  setCurrentDetails,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { Holder, SliceMachine } from '../activities/types.js';
import { type MachineOutcome, type MachineRef, shortDigest, workflowId } from '../model/index.js';
import { control } from './activities.js';
import { attributesAtStart } from './attributes.js';
import { childOptions, isChild, startWhenFree } from './children.js';
import { countsOf, isBad, isWell } from './counts.js';
import { failureOf } from './failure.js';
import type { machine } from './machine.js';
import { batchProgress, descriptions, stopSignal } from './messages.js';
import { timingOf } from './timing.js';
import type { BatchInput, BatchResult, MachineInput, StopRequest } from './types.js';
import { slidingWindow } from './window.js';

type Machine = ChildWorkflowHandle<typeof machine>;

/** How many machines that aren't well a result of a big rollout names, per batch. */
const namedPerBatch = 50;

interface Batch {
  readonly input: BatchInput;
  readonly running: Map<string, Machine | undefined>;
  readonly done: MachineOutcome[];
  waiting: number;
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
    () => state.stop === undefined && !state.done.some(isBad),
    (one, started) => work(state, one, started),
  );
  state.waiting = 0;
  for (const one of left) settle(state, notStarted(state, one));
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('the batch was cancelled');
  return resultOf(state);
}

async function work(state: Batch, one: SliceMachine, started: () => void): Promise<void> {
  state.waiting--;
  state.running.set(one.machine, undefined);
  const outcome = await live(state, one, started).catch((error: unknown) => broken(one.machine, error));
  state.running.delete(one.machine);
  settle(state, outcome);
}

async function live(state: Batch, one: SliceMachine, started: () => void): Promise<MachineOutcome> {
  const child = await start(state, one, started);
  if (!isChild(child)) return busy(state, one, child);
  state.running.set(one.machine, child);
  if (state.stop !== undefined) await child.signal(stopSignal, state.stop);
  return await child.result();
}

function start(state: Batch, one: SliceMachine, started: () => void): Promise<Machine | Holder> {
  const { context, verb } = state.input;
  const ref: MachineRef = {
    fleet: context.fleet,
    fleetUid: context.fleetUid,
    environment: context.environment,
    machine: one.machine,
  };
  const input: MachineInput = { ref, changeId: context.changeId, verb, machine: one, timing: context.timing };
  const collision = {
    workflowId: workflowId.machine(ref),
    timing: timingOf(context),
    askToYield: verb === 'destroy' ? `destroy ${context.changeId}` : undefined,
  };
  return startWhenFree(collision, () =>
    startChild<typeof machine>('machine', {
      ...childOptions,
      workflowId: collision.workflowId,
      args: [input],
      memo: { changeId: context.changeId, startedBy: context.startedBy, group: one.group },
      staticSummary: summaryOf(input),
      typedSearchAttributes: attributesAtStart(ref, {
        revision: context.revision,
        machine: one.machine,
        phase: one.action === 'create' ? 'create' : 'look',
      }),
    }).finally(started),
  );
}

function summaryOf({ verb, machine }: MachineInput): string {
  if (verb === 'destroy') return `${machine.machine}: destroy`;
  const from = machine.baseBundle === null ? 'new' : shortDigest(machine.baseBundle);
  return `${machine.machine}: ${machine.action}, ${from} → ${shortDigest(machine.bundle)}`;
}

/** A child that has no result: cancelled, terminated, or broken. */
function broken(machine: string, error: unknown): MachineOutcome {
  if (isCancellation(error)) return { machine, outcome: 'cancelled', phases: [] };
  return { machine, outcome: 'failed', failure: failureOf(error), phases: [] };
}

function busy({ input }: Batch, { machine }: SliceMachine, holder: Holder): MachineOutcome {
  const id = workflowId.machine({ ...input.context, machine });
  const by = holder.startedBy === undefined ? '' : ` by ${holder.startedBy}`;
  const reason = `busy: ${id} runs change ${holder.changeId ?? 'unknown'}${by}`;
  return { machine, outcome: 'owed', reason, phases: [] };
}

function notStarted(state: Batch, { machine }: SliceMachine): MachineOutcome {
  const failed = state.done.find(isBad)?.machine;
  const why = state.stop === undefined ? `${failed ?? 'the batch'} failed` : `stopped by ${state.stop.by}`;
  return { machine, outcome: 'skipped', reason: `not started: ${why}`, phases: [] };
}

function settle(state: Batch, outcome: MachineOutcome): void {
  state.done.push(outcome);
  const counts = Object.entries(countsOf(state.done)).map(([name, count]) => `${count} ${name}`);
  setCurrentDetails(`${state.running.size} running, ${counts.join(', ')}`);
}

async function stop(state: Batch, request: StopRequest): Promise<void> {
  state.stop ??= request;
  const children = [...state.running.values()].filter((child) => child !== undefined);
  // One that has just ended cannot be signalled and needs no signal.
  await Promise.allSettled(children.map((child) => child.signal(stopSignal, request)));
}

const progressOf = ({ input, waiting, running, done }: Batch) => ({
  group: input.group,
  waiting,
  running: [...running.keys()],
  done,
});

function resultOf({ input, done }: Batch): BatchResult {
  const named = input.everyMachine ? done : done.filter((one) => !isWell(one)).slice(0, namedPerBatch);
  return { counts: countsOf(done), machines: named };
}
