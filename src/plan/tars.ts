import { bundleTar } from '../bundle/index.js';
import type { BundleId } from '../model/index.js';
import type { Compiled } from './assemble.js';

/** The bytes of a plan's bundles, one at a time: together they may be larger than memory. */
export function* bundleTars({
  bundles,
}: Pick<Compiled, 'bundles'>): Generator<readonly [BundleId, Uint8Array]> {
  for (const bundle of bundles.values()) yield [bundle.id, bundleTar(bundle)];
}
