import type { MachineDrift, StatusMachine } from './documents.js';
import { machineRanges } from './ranges.js';
import { ago, groupedBy } from './text.js';

/** What scans found that isn't as it should be; one line for machines of which the same is to be said. */
export function driftLines(machines: readonly StatusMachine[], now: number): string[] {
  const told = machines.flatMap(({ machine, drift }) => {
    const text = drift === null ? undefined : driftText(drift, now);
    return text === undefined ? [] : [{ machine, text }];
  });
  return groupedBy(told, ({ text }) => text).map(
    ([text, some]) => `! ${machineRanges(some.map(({ machine }) => machine))}  ${text}`,
  );
}

/** Undefined: there is nothing to say. */
function driftText({ state, since, steps, reason, at }: MachineDrift, now: number): string | undefined {
  const seen = ago(now - Date.parse(at));
  const why = state === 'unobserved' ? `; not looked at ${seen}: ${reason}` : '';
  if (since !== null) return `drifted since ${clock(since, now)}: ${stepsText(steps)}${why}`;
  if (state === 'failed') return `could not be compared ${seen}: ${reason}`;
  return state === 'unobserved' ? `not looked at ${seen}: ${reason}` : undefined;
}

const mostSteps = 3;

function stepsText(steps: MachineDrift['steps']): string {
  const named = steps.slice(0, mostSteps).map(({ step }) => step);
  return [...named, ...(steps.length > mostSteps ? [`${steps.length - mostSteps} more`] : [])].join(', ');
}

/** `10:41Z`, with its day unless that is today. */
const clock = (at: string, now: number): string =>
  at.slice(0, 10) === new Date(now).toISOString().slice(0, 10)
    ? `${at.slice(11, 16)}Z`
    : `${at.slice(0, 10)} ${at.slice(11, 16)}Z`;
