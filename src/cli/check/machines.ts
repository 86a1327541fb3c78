import type { BundleId, Digest, EnvironmentRef } from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import { readArtifacts } from '../../store/documents.js';
import type { CheckMachine } from '../../workflows/lookTypes.js';
import { operateMachines } from '../operate/machines.js';
import type { Stores } from '../stores.js';

/** What each machine is compared with: the bundle it was admitted to, or was to be admitted to by its first change. */
export async function checkMachines(
  stores: Stores,
  environment: EnvironmentRef,
  rows: readonly MachineRow[],
): Promise<(CheckMachine & { readonly assigned: BundleId | null })[]> {
  const known = await operateMachines(stores, environment, rows);
  const bytes = await bundleBytes(stores, environment, rows);
  return known.map((one, at) => {
    const assigned = rows[at]?.assigned ?? null;
    const bundle = assigned ?? one.planned;
    return { ...one, bundle, bundleBytes: bytes.get(bundle) ?? '', assigned };
  });
}

/** Tars of the bundles that these machines' last changes knew. */
async function bundleBytes(
  { record, store }: Stores,
  environment: EnvironmentRef,
  rows: readonly MachineRow[],
): Promise<ReadonlyMap<BundleId, Digest>> {
  const changes = [...new Set(rows.map((row) => row.lastChange))];
  const all = await Promise.all(
    changes.map(async (id) => {
      const row = await record.change(environment, id);
      return row === undefined
        ? []
        : Object.entries((await readArtifacts(store, row.change.artifacts)).bundles);
    }),
  );
  return new Map(all.flat());
}
