import { CancellationScope, CancelledFailure, isCancellation, log, setHandler } from '@temporalio/workflow';
import type { MachineOutcome, Phase } from '../model/index.js';
import { showEnd, showPhase } from './attributes.js';
import { failureOf } from './failure.js';
import { beginLife, type Life } from './life.js';
import { descriptions, machineProgress, stopSignal } from './messages.js';
import { goodOutcome, judged, mergedPhases, outcomeOf, reasonOf, undoFailed } from './outcomes.js';
import { boot } from './phases/boot.js';
import { create } from './phases/create.js';
import { destroy, retire } from './phases/destroy.js';
import { look } from './phases/look.js';
import type { PhaseStep } from './phases/phase.js';
import { provision } from './phases/provision.js';
import { ready } from './phases/ready.js';
import { record } from './phases/record.js';
import { restore } from './phases/restore.js';
import { verify } from './phases/verify.js';
import { phaseEnded, phaseStarted } from './reports.js';
import { Stopped } from './stop.js';
import type { MachineInput } from './types.js';

const apply: readonly PhaseStep[] = [look, create, boot, ready, provision, verify];
/** What was applied in part isn't what the verification is about. */
const inPart: readonly PhaseStep[] = [look, create, boot, ready, provision];
const replace: readonly PhaseStep[] = [look, retire, create, boot, ready, provision, verify];

function storyOf({ verb, machine, steps }: MachineInput): readonly PhaseStep[] {
  if (verb === 'destroy') return [look, destroy];
  if (verb === 'rollback') return [look, restore, verify];
  if (machine.action === 'replace') return replace;
  return steps === undefined ? apply : inPart;
}

/**
 * One machine under one change, then done: it never waits for a person. A failure is its result, not a failed workflow;
 * only a cancellation ends it as Cancelled, after what it had begun was put back and recorded.
 */
export async function machine(input: MachineInput): Promise<MachineOutcome> {
  const life = beginLife(input);
  setHandler(stopSignal, (request) => life.stop.ask(request), { description: descriptions.stop });
  setHandler(machineProgress, () => progressOf(life), { description: descriptions.progress });

  const outcome = await live(life);
  await record(life, outcome);
  life.outcome = outcome;
  showEnd(outcome);
  if (CancellationScope.current().consideredCancelled)
    throw new CancelledFailure(`${outcome.machine} was cancelled: ${outcome.outcome}`);
  return outcome;
}

async function live(life: Life): Promise<MachineOutcome> {
  for (const step of storyOf(life.input)) {
    try {
      await goThrough(life, step);
    } catch (error) {
      return end(life, step.phase, error);
    }
  }
  return outcomeOf(life, { outcome: goodOutcome(life), reason: reasonOf(life) });
}

async function goThrough(life: Life, step: PhaseStep): Promise<void> {
  if (life.settled !== undefined) return phaseEnded(life, step.phase, 'not needed', life.settled);
  phaseStarted(life, step.phase);
  if (step.phase === 'provision' || step.phase === 'restore') showPhase(step.phase);
  const { state, reason } = await step.go(life);
  phaseEnded(life, step.phase, state, reason);
}

/** What an exception means for the machine, and what is undone because of it. */
async function end(life: Life, phase: Phase, error: unknown): Promise<MachineOutcome> {
  if (error instanceof Stopped) return stopped(life, phase);
  const cancelled = isCancellation(error);
  const failure = cancelled ? undefined : failureOf(error);
  phaseEnded(life, phase, cancelled ? 'cancelled' : 'failed', failure?.message);
  if (failure !== undefined)
    log.warn('phase failed', { machine: life.task.machine, phase, code: failure.code });
  const undo = await life.undo.run();
  const undoFailure = undo.find((one) => !one.done)?.failure;
  if (failure === undefined && undoFailure === undefined) return cancelledOutcome(life, phase, undo);
  const told = failure ?? undoFailed(undoFailure);
  return outcomeOf(life, { ...judged(life, told), phase, failure: told, undo });
}

/** A cancellation means rollback: what a run of this change did to the machine is put back before it ends. */
async function cancelledOutcome(
  life: Life,
  phase: Phase,
  undo: MachineOutcome['undo'],
): Promise<MachineOutcome> {
  const { machine, verb } = life.input;
  const acted = life.head?.run === life.run;
  if (verb !== 'apply' || !acted || machine.verified === null)
    return outcomeOf(life, { outcome: 'cancelled', phase, undo });
  const back = beginLife({
    ...life.input,
    verb: 'rollback',
    again: { attempt: 1, ...life.input.again, instance: life.task.instance },
  });
  const { instance: left, debts: owed, assigned: admitted } = life;
  Object.assign(back, { instance: left, debts: owed, assigned: admitted });
  const outcome = await CancellationScope.nonCancellable(() => live(back));
  const { look, instance, head, counts, debts, assigned, verified, rollback } = back;
  Object.assign(life, { look, instance, head, counts, debts, assigned, verified, rollback });
  Object.assign(life.evidence, back.evidence);
  return { ...outcome, undo: [...(undo ?? []), ...(outcome.undo ?? [])], phases: mergedPhases(life, back) };
}

function stopped(life: Life, phase: Phase): MachineOutcome {
  const by = life.stop.request?.by ?? 'nobody';
  phaseEnded(life, phase, 'cancelled', `stopped by ${by}`);
  return outcomeOf(life, { outcome: 'stopped', phase, reason: `stopped by ${by}` });
}

const progressOf = (life: Life) => ({
  machine: life.task.machine,
  changeId: life.input.changeId,
  phases: life.phases,
  stopping: life.stop.request,
  outcome: life.outcome,
});
