import { loadFleet } from '../../manifest/index.js';
import type { EnvironmentRef } from '../../model/index.js';
import { compile } from '../../plan/index.js';
import { knownOf } from '../prepare.js';
import { plannedMachines } from '../run/wayBack.js';
import type { Stores } from '../stores.js';
import type { NextUp } from './types.js';

export interface Declared {
  readonly group: string;
  readonly site: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly next: NextUp;
}

/** What `up` would do to each machine, by the files as they stand and the record; null where they have mistakes. */
export async function declaredMachines(
  { record, store }: Stores,
  environment: EnvironmentRef,
): Promise<ReadonlyMap<string, Declared> | null> {
  const loaded = await loadFleet({ dir: process.cwd(), environment: environment.environment });
  if (!loaded.ok || loaded.fleet.manifest.uid !== environment.fleetUid) return null;
  const base = await record.base(environment);
  const compiled = compile(loaded.fleet, base, await knownOf(store, base));
  if (!compiled.ok) return null;
  const refused = new Map(plannedMachines(compiled.plan).map((one) => [one.machine, one.refused ?? null]));
  return new Map(
    compiled.targets.map(({ ref, group, site, labels, action, reason = null }) => [
      ref.machine,
      { group, site, labels, next: { action, reason, refused: refused.get(ref.machine) ?? null } },
    ]),
  );
}
