import { type Bundle, digestOf, type Slot, type Step, type VerifyCheck } from '../model/index.js';

export interface BundleInput {
  /** In order of apply. */
  readonly steps: readonly Step[];
  readonly verify: readonly VerifyCheck[];
  readonly slots: readonly Slot[];
}

/** A bundle's id covers what it means (ordered step hashes, verify, slots), never its bytes. */
export function makeBundle({ steps, verify, slots }: BundleInput): Bundle {
  const sorted = [...slots].sort((a, b) => (a.name < b.name ? -1 : 1));
  const id = digestOf('millwright.bundle.v1', {
    steps: steps.map((step) => ({ id: step.id, hash: step.hash })),
    verify,
    slots: sorted,
  });
  return { id, steps, verify, slots: sorted };
}
