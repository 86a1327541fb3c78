import { type ChildWorkflowHandle, isCancellation, startChild } from '@temporalio/workflow';
import type { Holder, SliceMachine } from '../activities/types.js';
import { shortDigest, workflowId } from '../model/ids.js';
import type { MachineOutcome, MachineRef } from '../model/index.js';
import { attributesAtStart } from './attributes.js';
import { type Collision, childOptions, startWhenFree } from './children.js';
import { failureOf } from './failure.js';
import type { machine } from './machine.js';
import { timingOf } from './timing.js';
import type { BatchInput, ChangeContext, MachineInput, Verb } from './types.js';

export type MachineChild = ChildWorkflowHandle<typeof machine>;

/** Starts the workflow of one machine, or says who holds it. `started` is called once the first start was answered. */
export function startMachine(
  { context, verb, again, surge }: Pick<BatchInput, 'context' | 'verb' | 'again' | 'surge'>,
  one: SliceMachine,
  started: () => void,
): Promise<MachineChild | Holder> {
  const { fleet, fleetUid, environment, changeId, startedBy, revision, timing, reconciles } = context;
  const ref: MachineRef = { fleet, fleetUid, environment, machine: one.machine };
  const input: MachineInput = {
    ...{ ref, changeId, verb, machine: one, timing },
    again: again?.[one.machine],
    ...(surge !== undefined && { surge }),
    of: context.of,
    steps: context.steps,
  };
  const id = workflowId.machine(ref);
  const precedence = precedenceOf(context, verb);
  return startWhenFree({ workflowId: id, timing: timingOf(context), ...precedence }, () =>
    startChild<typeof machine>('machine', {
      ...childOptions,
      workflowId: id,
      args: [input],
      memo: { changeId, startedBy, group: one.group, ...(reconciles && { reconciles }) },
      staticSummary: summaryOf(input),
      typedSearchAttributes: attributesAtStart(ref, {
        revision,
        machine: one.machine,
        phase: one.action === 'create' ? 'create' : 'look',
      }),
    }).finally(started),
  );
}

/** Destroy goes before rollout, rollout before reconcile; a rollback is a rollout's. */
function precedenceOf(
  { changeId, reconciles }: ChangeContext,
  verb: Verb,
): Pick<Collision, 'askToYield' | 'onlyReconcile'> {
  if (verb === 'destroy') return { askToYield: `destroy ${changeId}` };
  return reconciles ? {} : { askToYield: `rollout ${changeId}`, onlyReconcile: true };
}

function summaryOf({ verb, machine }: MachineInput): string {
  if (verb === 'destroy') return `${machine.machine}: destroy`;
  if (verb === 'rollback')
    return `${machine.machine}: rollback to ${shortDigest(machine.verified ?? 'nothing')}`;
  const from = machine.baseBundle === null ? 'new' : shortDigest(machine.baseBundle);
  return `${machine.machine}: ${machine.action}, ${from} → ${shortDigest(machine.bundle)}`;
}

/** A child that has no result: cancelled, terminated, or broken. */
export function withoutResult(machine: string, error: unknown): MachineOutcome {
  if (isCancellation(error)) return { machine, outcome: 'cancelled', phases: [] };
  return { machine, outcome: 'failed', failure: failureOf(error), phases: [] };
}

export function busy(
  { context }: Pick<BatchInput, 'context'>,
  { machine }: SliceMachine,
  holder: Holder,
): MachineOutcome {
  const id = workflowId.machine({ ...context, machine });
  const by = holder.startedBy === undefined ? '' : ` by ${holder.startedBy}`;
  const reason = `busy: ${id} runs change ${holder.changeId ?? 'unknown'}${by}`;
  return { machine, outcome: 'owed', reason, phases: [] };
}
