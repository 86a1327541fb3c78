import type { Target } from '../model/index.js';
import { driftedMachines } from './candidates.js';
import type { Context } from './context.js';
import { usageError } from './errors.js';
import { type Prepared, prepare } from './prepare.js';
import type { Stores } from './stores.js';
import { didYouMean } from './suggest.js';
import { type Candidate, selectTargets } from './targets.js';

/** What of a fleet `up` is to work on. */
export interface Part {
  readonly targets: readonly string[];
  readonly except: readonly string[];
  /** Step ids; none: all. */
  readonly steps: readonly string[];
}

/** A plan of the machines that the part names and that have one of its steps; `whole` itself where it names nothing. */
export async function preparePart(
  context: Context,
  stores: Stores,
  whole: Prepared,
  part: Part,
): Promise<Prepared> {
  if (part.targets.length + part.except.length + part.steps.length === 0) return whole;
  const candidates = await candidatesOf(stores, whole);
  const chosen = selectTargets(part.targets, part.except, candidates);
  requireSteps(chosen, part.steps);
  const only = new Set(chosen.filter((one) => hasOne(one, part.steps)).map((one) => one.machine));
  return prepare(context, stores, { fleet: whole.fleet, only });
}

type Declared = Candidate & { readonly steps: readonly string[] };

async function candidatesOf({ record }: Stores, { compiled, environment }: Prepared): Promise<Declared[]> {
  const rows = new Map((await record.machines(environment)).map((row) => [row.ref.machine, row]));
  const drifted = await driftedMachines(record, environment);
  return compiled.targets
    .filter((target) => target.action !== 'destroy')
    .map(({ ref: { machine }, group, labels, steps }: Target) => ({
      ...{ machine, group, labels, steps },
      outcome: rows.get(machine)?.lastOutcome ?? null,
      debts: rows.get(machine)?.debts ?? [],
      drifted: drifted.has(machine),
    }));
}

const hasOne = (one: Declared, steps: readonly string[]): boolean =>
  steps.length === 0 || steps.some((step) => one.steps.includes(step));

/** Each step must be one of a chosen machine, else nothing at all is done. */
function requireSteps(chosen: readonly Declared[], steps: readonly string[]): void {
  const known = [...new Set(chosen.flatMap((one) => one.steps))];
  const unknown = steps.filter((step) => !known.includes(step));
  if (unknown.length === 0) return;
  throw usageError(
    unknown
      .map((step) => `No machine that was chosen has a step ${step}.${didYouMean(step, known)}`)
      .join('\n'),
    'millwright render TARGET lists the steps of a machine by their ids.',
    'MW-TARGET-STEP',
  );
}
