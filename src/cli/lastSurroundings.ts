import type { Base, EnvironmentRef } from '../model/index.js';
import type { LastSurroundings } from '../plan/index.js';
import { readTarget } from '../store/documents.js';
import { plannedMachines, planOf } from './run/wayBack.js';
import type { Stores } from './stores.js';

/**
 * How machines whose group is gone are taken out of use, as the last change of each says: by name. What the store no longer
 * has is left out.
 */
export async function lastSurroundings(
  { record, store }: Stores,
  environment: EnvironmentRef,
  base: Base,
  groups: readonly string[],
): Promise<Record<string, LastSurroundings>> {
  const last: Record<string, LastSurroundings> = {};
  if (Object.values(base).every(({ group }) => groups.includes(group))) return last;
  const rows = (await record.machines(environment)).filter(({ group }) => !groups.includes(group));
  for (const id of new Set(rows.map((row) => row.lastChange))) {
    const names = new Set(rows.filter((row) => row.lastChange === id).map(({ ref }) => ref.machine));
    const found = await record.change(environment, id);
    const plan = found && (await planOf({ store }, found.change));
    if (plan === undefined) continue;
    for (const { machine, target } of plannedMachines(plan).filter((one) => names.has(one.machine))) {
      const { around, peers } = await readTarget(store, target);
      if (around) last[machine] = { around, ...(peers && { peers }) };
    }
  }
  return last;
}
