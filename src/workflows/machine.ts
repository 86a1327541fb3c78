import { CancelledFailure, isCancellation, log, setHandler } from '@temporalio/workflow';
import type { FailureInfo, MachineOutcome, Phase } from '../model/index.js';
import { showEnd, showPhase } from './attributes.js';
import { failureOf } from './failure.js';
import { beginLife, type Life } from './life.js';
import { descriptions, machineProgress, stopSignal } from './messages.js';
import { boot } from './phases/boot.js';
import { create } from './phases/create.js';
import { destroy } from './phases/destroy.js';
import { look } from './phases/look.js';
import type { PhaseStep } from './phases/phase.js';
import { provision } from './phases/provision.js';
import { ready } from './phases/ready.js';
import { record } from './phases/record.js';
import { verify } from './phases/verify.js';
import { phaseEnded, phaseStarted } from './reports.js';
import { Stopped } from './stop.js';
import type { MachineInput, Verb } from './types.js';

const stories: Readonly<Record<Verb, readonly PhaseStep[]>> = {
  apply: [look, create, boot, ready, provision, verify],
  destroy: [look, destroy],
};

/**
 * One machine under one change, then done: it never waits for a person. A failure is its result, not a failed workflow;
 * only a cancellation ends it as Cancelled, after it was recorded.
 */
export async function machine(input: MachineInput): Promise<MachineOutcome> {
  const life = beginLife(input);
  setHandler(stopSignal, (request) => life.stop.ask(request), { description: descriptions.stop });
  setHandler(machineProgress, () => progressOf(life), { description: descriptions.progress });

  const outcome = await live(life);
  await record(life, outcome);
  life.outcome = outcome;
  showEnd(outcome);
  if (outcome.outcome === 'cancelled') throw new CancelledFailure(`${outcome.machine} was cancelled`);
  return outcome;
}

async function live(life: Life): Promise<MachineOutcome> {
  for (const step of stories[life.input.verb]) {
    try {
      await goThrough(life, step);
    } catch (error) {
      return end(life, step.phase, error);
    }
  }
  return outcomeOf(life, goodEnd(life));
}

async function goThrough(life: Life, step: PhaseStep): Promise<void> {
  if (life.settled !== undefined) return phaseEnded(life, step.phase, 'not needed', life.settled);
  phaseStarted(life, step.phase);
  if (step.phase === 'provision') showPhase('provision');
  const { state, reason } = await step.go(life);
  phaseEnded(life, step.phase, state, reason);
}

const goodEnd = (life: Life): Pick<MachineOutcome, 'outcome'> => {
  if (life.input.verb === 'destroy') return { outcome: 'destroyed' };
  return { outcome: life.settled === undefined ? 'applied' : 'aligned' };
};

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
  if (failure === undefined && undoFailure === undefined)
    return outcomeOf(life, { outcome: 'cancelled', phase, undo });
  const told = failure ?? undoFailed(undoFailure);
  return outcomeOf(life, { ...judged(told), phase, failure: told, undo });
}

function stopped(life: Life, phase: Phase): MachineOutcome {
  const by = life.stop.request?.by ?? 'nobody';
  phaseEnded(life, phase, 'cancelled', `stopped by ${by}`);
  return outcomeOf(life, { outcome: 'stopped', phase, reason: `stopped by ${by}` });
}

/** A machine that nobody reached is owed, unless a run may be active on it. */
function judged(failure: FailureInfo): Pick<MachineOutcome, 'outcome' | 'reason'> {
  if (failure.code === 'MW-RUN-UNKNOWN')
    return { outcome: 'unknown', reason: 'unknown: a run may still be active' };
  if (failure.code === 'MW-RUN-BUSY') return { outcome: 'owed', reason: `busy: ${failure.message}` };
  if (failure.code === 'MW-MACHINE-HELD') return { outcome: 'owed', reason: failure.message };
  if (failure.cause === 'unreachable') return { outcome: 'owed', reason: `unreachable: ${failure.message}` };
  return { outcome: 'failed' };
}

function undoFailed(failure: FailureInfo | undefined): FailureInfo {
  if (failure?.code === 'MW-RUN-UNKNOWN') return failure;
  return {
    ...failure,
    code: 'MW-UNDO-FAILED',
    cause: failure?.cause ?? 'infrastructure',
    message: `cancelled, but not everything was undone: ${failure?.message ?? 'unknown'}`,
  };
}

function outcomeOf(
  life: Life,
  ending: Partial<MachineOutcome> & Pick<MachineOutcome, 'outcome'>,
): MachineOutcome {
  const undo = ending.undo !== undefined && ending.undo.length > 0 ? ending.undo : undefined;
  return { machine: life.task.machine, counts: life.counts, phases: life.phases, ...ending, undo };
}

const progressOf = (life: Life) => ({
  machine: life.task.machine,
  changeId: life.input.changeId,
  phases: life.phases,
  stopping: life.stop.request,
  outcome: life.outcome,
});
