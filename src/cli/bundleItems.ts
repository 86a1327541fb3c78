import { baseBundleIds, changedBaseSteps, diffPlan } from '../plan/index.js';
import type { PlanItem } from '../report/index.js';
import { findBundle, findStep } from '../store/documents.js';
import type { Store } from '../store/port.js';
import type { Prepared } from './prepare.js';

/** Machine to the differences between the bundle it was admitted to and the one planned for it. */
export async function bundleItems(
  store: Store,
  { compiled }: Prepared,
): Promise<ReadonlyMap<string, readonly PlanItem[]>> {
  const outlines = await known(baseBundleIds(compiled), (id) => findBundle(store, id));
  const steps = await known(changedBaseSteps(compiled, outlines), (hash) => findStep(store, hash));
  return diffPlan(compiled, { outlines, steps });
}

/** What the store still has of the wanted digests. */
async function known<T>(
  digests: readonly string[],
  find: (digest: string) => Promise<T | undefined>,
): Promise<ReadonlyMap<string, T>> {
  const pairs = await Promise.all(digests.map(async (digest) => [digest, await find(digest)] as const));
  return new Map(pairs.flatMap(([digest, value]) => (value === undefined ? [] : [[digest, value] as const])));
}
