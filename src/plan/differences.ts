import type { BundleId, BundleOutline, Digest, StepRecord } from '../model/index.js';
import type { Compiled } from './assemble.js';
import { baseBundleIds, changedBaseSteps, diffPlan } from './diff.js';
import type { DiffItem } from './items.js';

/** Where bundles and steps are read back: `findBundle` and `findStep` of the store. */
export interface BundleReader {
  bundle(id: BundleId): Promise<BundleOutline | undefined>;
  step(hash: Digest): Promise<StepRecord | undefined>;
}

/** `diffPlan` of what the reader has: machine to differences, reading only what differs. */
export async function planDifferences(
  compiled: Compiled,
  reader: BundleReader,
): Promise<ReadonlyMap<string, readonly DiffItem[]>> {
  const outlines = await readAll(baseBundleIds(compiled), (id) => reader.bundle(id));
  const steps = await readAll(changedBaseSteps(compiled, outlines), (hash) => reader.step(hash));
  return diffPlan(compiled, { outlines, steps });
}

async function readAll<T>(
  digests: readonly Digest[],
  read: (digest: Digest) => Promise<T | undefined>,
): Promise<Map<Digest, T>> {
  const found = new Map<Digest, T>();
  for (const digest of digests) {
    const value = await read(digest);
    if (value !== undefined) found.set(digest, value);
  }
  return found;
}
