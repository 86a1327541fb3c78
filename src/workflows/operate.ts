import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type ActivityOptions,
  defineQuery,
  executeChild,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import type { OperateResult } from '../activities/types.js';
import { workflowId } from '../model/ids.js';
import type { FailureInfo, MachineRef } from '../model/index.js';
import { call, control, siteActivities } from './activities.js';
import { attributesAtStart } from './attributes.js';
import { childOptions } from './children.js';
import { failureOf } from './failure.js';
import { machineProgress } from './messages.js';
import type {
  Operated,
  OperateInput,
  OperateMachine,
  OperateOneInput,
  OperateProgress,
  OperateReport,
} from './operateTypes.js';
import { disturbs, type HoldOperation, isHold, isInside, isRepeatable, wordsOf } from './operation.js';
import { timingOf } from './timing.js';
import { slidingWindow } from './window.js';

export const operateProgress = defineQuery<OperateProgress>('progress');

/** What a person asked of many machines; its own history is the record of who did what. */
export async function operate(input: OperateInput): Promise<OperateReport> {
  const done: Operated[] = [];
  setHandler(operateProgress, () => ({ total: input.machines.length, done }));
  await slidingWindow(
    input.machines,
    input.maxParallel,
    () => true,
    async (machine, started) => {
      started();
      done.push(await operateOn(input, machine));
    },
  );
  return { machines: done };
}

/** What disturbs a machine runs under the machine's own id, so that no rollout works on it meanwhile, nor it on theirs. */
async function operateOn(input: OperateInput, machine: OperateMachine): Promise<Operated> {
  const { machines: _, maxParallel: __, ...rest } = input;
  const one: OperateOneInput = { ...rest, machine };
  try {
    return disturbs(input.operation) ? await alone(one) : await carryOut(one);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { machine: machine.machine, failure: failureOf(error) };
  }
}

async function alone(input: OperateOneInput): Promise<Operated> {
  const ref = refOf(input);
  try {
    return await executeChild<typeof operateMachine>('operateMachine', {
      ...childOptions,
      workflowId: workflowId.machine(ref),
      args: [input],
      memo: { changeId: input.ulid, startedBy: input.by },
      staticSummary: `${ref.machine}: ${wordsOf(input.operation)} by ${input.by}`,
      typedSearchAttributes: attributesAtStart(ref, { machine: ref.machine }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { machine: ref.machine, failure: await busy(ref) };
  }
}

/** One machine's part of an operation that nothing else may run beside. */
export async function operateMachine(input: OperateOneInput): Promise<Operated> {
  const { machine } = input.machine;
  setHandler(machineProgress, () => ({ machine, changeId: input.ulid, phases: [] }));
  try {
    return await carryOut(input);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { machine, failure: failureOf(error) };
  }
}

async function carryOut(input: OperateOneInput): Promise<Operated> {
  const { operation } = input;
  const { machine, site, instance, target, runner } = input.machine;
  const { push, vm } = siteActivities(site, timingOf(input));
  const { operate: act } = isInside(operation) ? push : vm;
  const task = { site, target, machine, instance, runner, operation };
  const result = await act.executeWithOptions(optionsOf(input), [task]);
  if (isHold(operation)) await control.putHold({ ref: refOf(input), hold: result.hold ?? holdOf(operation) });
  return { machine, result };
}

const holdOf = (operation: HoldOperation): NonNullable<OperateResult['hold']> | null => {
  if (operation.kind === 'release') return null;
  const { reason, by, until } = operation;
  return until === undefined ? { reason, by } : { reason, by, until };
};

const minute = 60_000;
/** A person waits: nothing is done hours later, when they have forgotten that they asked. */
const longestQueue = 5 * minute;
const attempts = 4;

function optionsOf(input: OperateOneInput): ActivityOptions {
  const { operation, machine } = input;
  const limit = operation.kind === 'snapshot' ? timingOf(input).create : 10 * minute;
  return call(limit, `${wordsOf(operation)} of ${machine.machine}`, {
    scheduleToStartTimeout: longestQueue,
    retry: {
      initialInterval: timingOf(input).pause,
      maximumAttempts: isRepeatable(operation) ? attempts : 1,
    },
  });
}

const refOf = ({ fleet, fleetUid, environment, machine }: OperateOneInput): MachineRef => ({
  ...{ fleet, fleetUid, environment },
  machine: machine.machine,
});

async function busy(ref: MachineRef): Promise<FailureInfo> {
  const holder = await control.holder(workflowId.machine(ref));
  const who = holder.startedBy === undefined ? 'somebody' : holder.startedBy;
  return {
    code: 'MW-BUSY',
    cause: 'change',
    message: `${ref.machine} is busy: ${who} runs ${holder.changeId ?? 'a change that has just ended'} on it`,
    remedy: `millwright status -e ${ref.environment} shows it. Wait for it or stop it, then run this again.`,
  };
}
