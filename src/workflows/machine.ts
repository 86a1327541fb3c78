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
import { drain } from './phases/drain.js';
import { look } from './phases/look.js';
import type { PhaseStep } from './phases/phase.js';
import { provision } from './phases/provision.js';
import { ready } from './phases/ready.js';
import { record } from './phases/record.js';
import { restore } from './phases/restore.js';
import { createBeside, retireOld } from './phases/surge.js';
import { undrain } from './phases/undrain.js';
import { verify } from './phases/verify.js';
import { phaseEnded, phaseStarted } from './reports.js';
import { Stopped } from './stop.js';
import type { MachineInput } from './types.js';

const apply: readonly PhaseStep[] = [look, drain, create, boot, ready, provision, verify, undrain];
const replace: readonly PhaseStep[] = [look, drain, retire, create, boot, ready, provision, verify, undrain];
/** The new one is well before the old one goes. */
const surge: readonly PhaseStep[] = [
  ...[look, createBeside, boot, ready, provision, verify],
  ...[drain, undrain, retireOld],
];
const rollback: readonly PhaseStep[] = [look, drain, restore, verify, undrain];

/** The phases that this machine goes through; those of `around` only where its group has it. */
function storyOf(input: MachineInput): readonly PhaseStep[] {
  const { around } = input.machine;
  return wholeStory(input).filter((step) => around !== undefined || (step !== drain && step !== undrain));
}

function wholeStory({ verb, machine, steps, surge: beside = 0 }: MachineInput): readonly PhaseStep[] {
  if (verb === 'destroy') return [look, drain, destroy];
  if (verb === 'rollback') return rollback;
  if (machine.action === 'replace') return beside > 0 ? surge : replace;
  // What was applied in part isn't what the verification is about.
  return steps === undefined ? apply : apply.filter((step) => step !== verify);
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
  if (life.settled !== undefined && !step.always)
    return phaseEnded(life, step.phase, 'not needed', life.settled);
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
  const { drained: place, isDrained } = life;
  Object.assign(back, { instance: left, debts: owed, assigned: admitted, drained: place, isDrained });
  const outcome = await CancellationScope.nonCancellable(() => live(back));
  const { look, instance, head, counts, debts, assigned, verified, rollback, drained } = back;
  Object.assign(life, { look, instance, head, counts, debts, assigned, verified, rollback, drained });
  Object.assign(life.evidence, back.evidence);
  return { ...outcome, undo: [...(undo ?? []), ...(outcome.undo ?? [])], phases: mergedPhases(life, back) };
}

/** What changed the machine stays as it is; what only came before that, or stands beside it, is undone. */
async function stopped(life: Life, phase: Phase): Promise<MachineOutcome> {
  const by = life.stop.request?.by ?? 'nobody';
  phaseEnded(life, phase, 'cancelled', `stopped by ${by}`);
  const undo = await life.undo.run();
  return outcomeOf(life, { outcome: 'stopped', phase, reason: `stopped by ${by}`, undo });
}

const progressOf = (life: Life) => ({
  machine: life.task.machine,
  changeId: life.input.changeId,
  phases: life.phases,
  stopping: life.stop.request,
  outcome: life.outcome,
});
