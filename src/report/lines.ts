import type { Paint } from './paint.js';
import type { EventDocument } from './progress.js';
import { machineRanges } from './ranges.js';
import { commonText, normalised } from './signatures.js';
import { count, groupedBy, pad } from './text.js';

/** As many machines as that of one look are told one by one. */
const SINGLY = 3;

/** Events of one look as plain lines; what many machines came to at once is one. */
export function eventLines(events: readonly EventDocument[], paint: Paint): string[] {
  return groupedBy(events, (one) =>
    one.machine === null ? JSON.stringify(one) : sameness(one, one.machine),
  ).flatMap(([, some]) =>
    some.length <= SINGLY ? some.map((one) => eventLine(one, paint)) : [classLine(some, paint)],
  );
}

const sameness = ({ phase, result, id, code, text }: EventDocument, machine: string): string =>
  JSON.stringify([phase, result, id, code, normalised(text ?? '', machine)]);

function classLine(some: readonly EventDocument[], paint: Paint): string {
  const said = some.map(({ machine, text }) => ({ machine: machine ?? '', text: text ?? '' }));
  const names = machineRanges(said.map(({ machine }) => machine));
  const [first] = some;
  if (first === undefined) return '';
  const text = commonText(said);
  return `${eventLine({ ...first, machine: names, text: text === '' ? null : text }, paint)}  ${count(some.length, 'machine')}`;
}

/** An event as one plain line: for logs of a job, where nothing can be redrawn. */
export function eventLine(event: EventDocument, paint: Paint): string {
  const who = pad(event.machine ?? 'run', 9);
  const phase = pad(event.phase ?? '', 10);
  const text = [event.result === 'done' ? '' : event.result, event.id, event.text, event.code]
    .filter(Boolean)
    .join('  ');
  return `${event.at.slice(11, 19)} ${who} │ ${phase} ${coloured(event.result, paint)(text || event.result)}`.trimEnd();
}

const red = ['failed', 'unknown', 'asking', 'rollback-failed', 'gate rejected', 'gate timed out'];
const yellow = [
  ...['owed', 'cancelled', 'stopped', 'rolling back', 'rolled-back-verified'],
  ...['gate open', 'gate void', 'paused', 'window closed'],
];

function coloured(result: string, paint: Paint): (text: string) => string {
  if (red.includes(result)) return paint.red;
  if (yellow.includes(result)) return paint.yellow;
  return result === 'running' || result === 'not needed' ? paint.dim : (text) => text;
}
