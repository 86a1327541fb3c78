import { parseDuration } from '../../model/index.js';
import { usageError } from '../errors.js';
import { who } from '../who.js';
import { emitOperated, operateDocument } from './document.js';
import { choose, type Desk, operate, type Selection } from './operate.js';

export async function holdMachines(
  desk: Desk,
  selection: Selection,
  reason: string,
  until: string | undefined,
): Promise<number> {
  const hold = { kind: 'hold', reason: plain(reason), by: who() } as const;
  const chosen = await choose(desk, selection);
  const operation = until === undefined ? hold : { ...hold, until };
  const outcome = await operate(desk, chosen, operation, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'hold', outcome));
}

export async function releaseMachines(desk: Desk, selection: Selection): Promise<number> {
  const chosen = await choose(desk, selection);
  const outcome = await operate(desk, chosen, { kind: 'release' }, selection.maxParallel);
  return emitOperated(desk.context, await operateDocument(desk, 'release', outcome));
}

function plain(reason: string): string {
  const text = reason.trim();
  if (text !== '' && text.length <= 200 && !/[\u0000-\u001f\u007f]/.test(text)) return text;
  throw usageError('--reason is one line of at most 200 characters.', '--reason "debugging the leak"');
}

/** RFC 3339 UTC, to the second; undefined: until somebody releases it. */
export function endOfHold(
  options: { readonly for?: string; readonly until?: string },
  now: Date,
): string | undefined {
  if (options.for !== undefined && options.until !== undefined)
    throw usageError('--for and --until say the same thing twice.', 'Write one of them.');
  if (options.for !== undefined) return later(options.for, now);
  if (options.until !== undefined) return at(options.until, now);
  return undefined;
}

function later(text: string, now: Date): string {
  const ms = parseDuration(text);
  if (ms !== undefined && ms >= 1000) return rfc3339(new Date(now.getTime() + ms));
  throw usageError(`--for ${text} is no duration.`, 'Write a number with its unit: 30m, 2h, 1d.');
}

function at(text: string, now: Date): string {
  const time = clockTime(text, now) ?? instant(text);
  if (time === undefined)
    throw usageError(`--until ${text} is no time.`, 'Write 18:00, or 2026-03-01T18:00:00Z.');
  if (time.getTime() > now.getTime()) return rfc3339(time);
  throw usageError(`--until ${text} is over.`, `It is ${rfc3339(now)} now.`);
}

/** The next time that clocks here show it. */
function clockTime(text: string, now: Date): Date | undefined {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours === undefined || minutes === undefined) return undefined;
  const time = new Date(now);
  time.setHours(Number(hours), Number(minutes), 0, 0);
  if (time.getTime() <= now.getTime()) time.setDate(time.getDate() + 1);
  return time;
}

function instant(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

const rfc3339 = (time: Date): string => `${time.toISOString().slice(0, 19)}Z`;
