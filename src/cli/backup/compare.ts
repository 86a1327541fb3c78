import type { LookedMachine } from '../../workflows/lookTypes.js';
import type { Difference, RestoredMachine, RestoredState } from './documents.js';
import type { StateMachine, Truth } from './state.js';

/** What a look at one machine came to: what is to be believed, and what is to be said of it. */
export interface Compared {
  readonly shown: RestoredMachine;
  /** Undefined: the backup stays what is known. */
  readonly truth?: Truth;
}

/** `looked`: undefined where nobody looked. */
export function compare(machine: StateMachine, looked: LookedMachine | undefined): Compared {
  if (machine.forgotten) return { shown: shown(machine, 'forgotten') };
  if (machine.instance === null) return { shown: shown(machine, 'none') };
  if (looked === undefined) return { shown: shown(machine, 'unlooked') };
  const { look, failure } = looked;
  if (look === undefined) return { shown: shown(machine, 'silent', failure?.message ?? 'nothing is known') };
  if (look.found.state !== 'present') return { shown: shown(machine, 'gone') };
  if (look.debts === null)
    return { shown: shown(machine, 'silent', look.unreachable?.message ?? 'it is powered off') };
  const truth: Truth = {
    assigned: look.head?.bundle ?? null,
    verified: look.verified[0]?.bundle ?? null,
    debts: look.debts,
    hold: look.hold,
    instance: look.found.instance,
  };
  const differences = differencesOf(machine, truth);
  const state = stateOf(machine, truth, differences);
  return { shown: { ...shown(machine, state), differences }, truth };
}

function stateOf(machine: StateMachine, truth: Truth, differences: readonly Difference[]): RestoredState {
  if (truth.assigned === null && machine.assigned === null) return 'unassigned';
  return differences.length > 0 ? 'differs' : 'same';
}

function differencesOf(machine: StateMachine, truth: Truth): Difference[] {
  const all: readonly Difference[] = [
    { what: 'assigned', backup: machine.assigned, target: truth.assigned },
    { what: 'verified', backup: machine.verified, target: truth.verified },
    { what: 'owed', backup: listed(machine.debts), target: listed(truth.debts) },
    { what: 'hold', backup: machine.hold?.reason ?? null, target: truth.hold?.reason ?? null },
  ];
  return all.filter((one) => one.backup !== one.target);
}

const listed = (debts: readonly string[]): string | null =>
  debts.length === 0 ? null : [...debts].sort().join(', ');

const shown = (
  { environment, machine, site, instance }: StateMachine,
  state: RestoredState,
  reason: string | null = null,
): RestoredMachine => ({
  ...{ fleet: environment.fleet, environment: environment.environment, machine, site, state },
  ...{ instance: instance?.instance ?? null, differences: [], reason },
});
