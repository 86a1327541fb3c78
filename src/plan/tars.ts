import { bundleTar } from '../bundle/index.js';
import { type BundleId, bundlePreimage, type Step, stepPreimage } from '../model/index.js';
import type { Compiled } from './assemble.js';
import { textsOf } from './diff.js';

/**
 * The bytes of a plan's bundles, one at a time, as together they may be larger than memory; with each, the texts from
 * which it can be read back by its id: the bundle's own, those of its steps, and what these name by digest.
 */
export function* bundleTars({
  bundles,
}: Pick<Compiled, 'bundles'>): Generator<readonly [BundleId, Uint8Array, readonly string[]]> {
  const seen = new Set<string>();
  for (const bundle of bundles.values()) {
    const fresh = bundle.steps.filter((step) => !seen.has(step.hash));
    for (const step of fresh) seen.add(step.hash);
    yield [bundle.id, bundleTar(bundle), [bundlePreimage(bundle), ...fresh.flatMap(stepTexts)]];
  }
}

const stepTexts = (step: Step): string[] => [
  stepPreimage(step),
  ...Object.values(step.texts ?? textsOf(step.files)),
];
