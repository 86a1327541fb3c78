import type { FailureInfo, MachineOutcome, PhaseReport } from '../model/index.js';
import { attemptOf, type Life } from './life.js';

export function goodOutcome(life: Life): MachineOutcome['outcome'] {
  if (life.input.verb === 'destroy') return 'destroyed';
  // What it was left with before this change was never verified: nothing is claimed.
  if (life.input.verb === 'rollback')
    return life.settled === undefined ? 'rolled-back-verified' : 'cancelled';
  if (life.settled !== undefined) return 'aligned';
  return life.input.steps === undefined ? 'applied' : 'owed';
}

/** Why a machine on which all went well isn't done. */
export const reasonOf = ({ input, settled }: Life): string | undefined =>
  input.verb === 'apply' && input.steps !== undefined && settled === undefined
    ? `only ${input.steps.join(', ')}: the rest and the verification are left to the next run`
    : undefined;

/** A machine that nobody reached is owed, unless a run may be active on it. No rollback is claimed that isn't proved. */
export function judged(life: Life, failure: FailureInfo): Pick<MachineOutcome, 'outcome' | 'reason'> {
  if (failure.code === 'MW-RUN-UNKNOWN')
    return { outcome: 'unknown', reason: 'unknown: a run may still be active' };
  if (failure.code === 'MW-MACHINE-HELD') return { outcome: 'owed', reason: failure.message };
  if (life.input.verb === 'rollback') return { outcome: 'rollback-failed' };
  if (failure.code === 'MW-RUN-BUSY') return { outcome: 'owed', reason: `busy: ${failure.message}` };
  if (failure.cause === 'unreachable') return { outcome: 'owed', reason: `unreachable: ${failure.message}` };
  return { outcome: 'failed' };
}

export function undoFailed(failure: FailureInfo | undefined): FailureInfo {
  if (failure?.code === 'MW-RUN-UNKNOWN') return failure;
  return {
    ...failure,
    code: 'MW-UNDO-FAILED',
    cause: failure?.cause ?? 'infrastructure',
    message: `cancelled, but not everything was undone: ${failure?.message ?? 'unknown'}`,
  };
}

export function outcomeOf(
  life: Life,
  ending: Partial<MachineOutcome> & Pick<MachineOutcome, 'outcome'>,
): MachineOutcome {
  const { input, task, counts, phases, rollback } = life;
  return {
    ...{ machine: task.machine, counts, phases, rollback },
    ...{ attempt: attemptOf(input), instance: instanceOf(life) },
    ...(typeof life.drained === 'string' && { drained: life.drained }),
    ...(life.beside !== undefined && { beside: life.beside }),
    // Why there was a rollback stays known after it has succeeded.
    failure:
      input.again?.failure !== undefined && input.verb === 'rollback' ? input.again.failure : undefined,
    returnsTo: isWell(ending.outcome) ? undefined : input.machine.verified,
    ...ending,
    undo: ending.undo !== undefined && ending.undo.length > 0 ? ending.undo : undefined,
  };
}

const isWell = (outcome: MachineOutcome['outcome']): boolean =>
  outcome === 'aligned' || outcome === 'applied' || outcome === 'destroyed';

const instanceOf = ({ instance, input }: Life): string | null | undefined =>
  instance === undefined ? (input.again?.instance ?? input.machine.instance) : (instance?.instance ?? null);

/** Each phase once, as the record has room for: what the rollback did stands in place of what it repeated. */
export const mergedPhases = (life: Life, back: Life): readonly PhaseReport[] => [
  ...life.phases.filter(({ phase }) => !back.phases.some((one) => one.phase === phase)),
  ...back.phases,
];
