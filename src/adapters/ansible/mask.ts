import type { SiteOutcome } from '../port.js';

/** The outcome without secrets: each whole, and each of its lines that is long enough to mean something. */
export function maskOutcome(outcome: SiteOutcome, secrets: readonly string[]): SiteOutcome {
  const values = secrets.flatMap((one) => [one, ...one.split('\n').filter((line) => line.length >= 6)]);
  // As JSON has it, too: modules print their arguments that way.
  const forms = [...new Set(values.flatMap((one) => [one, JSON.stringify(one).slice(1, -1)]))];
  const sorted = forms.filter((one) => one !== '').sort((a, b) => b.length - a.length);
  const mask = (text: string): string => sorted.reduce((masked, one) => masked.replaceAll(one, '***'), text);
  return {
    ...outcome,
    reason: mask(outcome.reason),
    ...(outcome.output === undefined ? {} : { output: mask(outcome.output) }),
    tasks: outcome.tasks.map((one) => ({ ...one, name: mask(one.name), reason: mask(one.reason) })),
  };
}
