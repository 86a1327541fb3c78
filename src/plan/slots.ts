import { type Slot, type Step, slotPattern, type VerifyCheck } from '../model/index.js';
import type { FleetScope } from './scope.js';

/** The slots that steps and checks read, by name. */
export function bundleSlots(
  steps: readonly Step[],
  checks: readonly VerifyCheck[],
  scope: Pick<FleetScope, 'slot'>,
): Slot[] {
  const names = new Set([...steps.flatMap((step) => step.slots), ...checks.flatMap(slotsOfCheck)]);
  return [...names].sort().flatMap((name) => scope.slot(name) ?? []);
}

const slotsOfCheck = (check: VerifyCheck): string[] =>
  check.type === 'command'
    ? Object.values(check.env).flatMap((text) =>
        [...text.matchAll(slotPattern)].map((match) => match[1] ?? ''),
      )
    : [];
