import type { Bundle, FactRequest, Step } from '../model/index.js';
import { libraryOf, needLine, quote, type Resource, shellFunction } from '../resources/index.js';

/** `steps/000.sh`: what the bundle is, which facts its steps need, and the shell of the types it uses. */
export function prelude(bundle: Bundle, checks: number): string {
  const { id, steps, slots } = bundle;
  const types = [...new Set(steps.map((step) => step.type))].sort() as Resource['type'][];
  return [
    `bundle_id=${id} bundle_steps=${steps.length} bundle_checks=${checks}`,
    `bundle_slots=${quote(slots.map((slot) => slot.name).join(' '))}`,
    shellFunction('bundle_facts', uniqueFacts(steps).map(needLine)),
    shellFunction('bundle_services', steps.flatMap(serviceLine)),
    libraryOf(types),
  ].join('\n');
}

/** Calls `$1 NUMBER ID` for each service, in order. */
const serviceLine = (step: Step, index: number): string[] =>
  step.type === 'service' ? [`"$1" ${index + 1} ${quote(step.id)} || return`] : [];

function uniqueFacts(steps: readonly Step[]): readonly FactRequest[] {
  const byName = new Map(
    steps.flatMap((step) => step.facts).map((fact) => [`${fact.kind} ${fact.key}`, fact]),
  );
  return [...byName.values()];
}
