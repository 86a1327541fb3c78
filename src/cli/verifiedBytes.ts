import type { BundleId, Digest, EnvironmentRef } from '../model/index.js';
import { readArtifacts } from '../store/documents.js';
import type { Stores } from './stores.js';

/**
 * Which bytes stand for the bundles that machines were verified with, as their last changes say: a rollback needs them
 * also where the machine itself can't be asked. What the store no longer has is left out.
 */
export async function verifiedBytes(
  { record, store }: Stores,
  environment: EnvironmentRef,
): Promise<Record<BundleId, Digest>> {
  const rows = await record.machines(environment);
  const verified = new Set(rows.flatMap((row) => row.verified ?? []));
  const bytes: Record<BundleId, Digest> = {};
  for (const id of new Set(rows.map((row) => row.lastChange))) {
    const row = await record.change(environment, id);
    if (row === undefined || !(await store.has(row.change.artifacts))) continue;
    const { bundles } = await readArtifacts(store, row.change.artifacts);
    for (const bundle of verified) if (bundles[bundle] !== undefined) bytes[bundle] = bundles[bundle];
  }
  return bytes;
}
