import { type Change, MillwrightError, type Plan, type PlannedMachine } from '../../model/index.js';
import type { WayBack } from '../../report/index.js';
import { readPlan, readTarget } from '../../store/documents.js';
import type { Stores } from '../stores.js';

/** How far back it is looked for the commit that a bundle was verified at. */
const LOOK_BACK = 50;

/** A change's plan; undefined once the store no longer has it. */
export async function planOf(
  { store }: Pick<Stores, 'store'>,
  change: Pick<Change, 'plan'>,
): Promise<Plan | undefined> {
  try {
    return await readPlan(store, change.plan);
  } catch (error) {
    if (error instanceof MillwrightError) return undefined;
    throw error;
  }
}

export const plannedMachines = (plan: Plan): PlannedMachine[] => [
  ...plan.groups.flatMap((group) => group.machines),
  ...plan.removed,
];

/** What a rollback of these machines would return to, as the change's plan saw it. */
export async function waysBack(
  stores: Stores,
  change: Change,
  plan: Plan,
  machines: readonly string[],
): Promise<Map<string, WayBack>> {
  const found = plannedMachines(plan).filter((one) => machines.includes(one.machine));
  const earlier = await changesBefore(stores, change);
  const ways = new Map<string, WayBack>();
  for (const one of found) {
    const { base, rungs } = await readTarget(stores.store, one.target);
    const bundle = base?.verified ?? null;
    const commit = bundle === null ? null : await commitOf(stores, earlier, one.machine, bundle);
    ways.set(one.machine, { bundle, commit, rungs: rungs ?? [] });
  }
  return ways;
}

interface Earlier {
  readonly change: Change;
  plan?: Promise<Plan | undefined>;
}

async function changesBefore({ record }: Stores, change: Change): Promise<Earlier[]> {
  const rows = await record.changes(change, LOOK_BACK);
  return rows
    .filter((row) => row.change.id < change.id && row.change.commit !== undefined)
    .map((row) => ({ change: row.change }));
}

/** Commit of the newest earlier change that gave the machine this very bundle. */
async function commitOf(
  stores: Stores,
  earlier: readonly Earlier[],
  machine: string,
  bundle: string,
): Promise<string | null> {
  for (const one of earlier) {
    one.plan ??= planOf(stores, one.change);
    const plan = await one.plan;
    const planned = plan && plannedMachines(plan).find((each) => each.machine === machine);
    if (planned?.bundle === bundle) return one.change.commit ?? null;
  }
  return null;
}
