import { type Freeze, type Weekday, type Window, weekdays } from '../model/index.js';
import { ahead } from './gates.js';
import type { PlanRules } from './planRules.js';
import type { WindowDocument } from './runDocuments.js';

/** One line per window, the last one with how it is now. */
export function windowLines({ windows, freezes, window }: PlanRules, now: number): string[] {
  if (windows.length === 0 && freezes.length === 0) return [];
  const rows = windows.length > 0 ? windows.map(rowOf) : ['at any time'];
  const last = rows.at(-1) ?? '';
  return [...rows.slice(0, -1), window ? `${last}: ${stateText(window, now)}` : last];
}

/** `Tue–Thu 09:00–16:00 Europe/Berlin, begun by 15:00`. */
const rowOf = ({ days, from, to, zone, startBy }: Window): string =>
  `${daysText(days)} ${from}–${to} ${zone}${startBy === undefined ? '' : `, begun by ${startBy}`}`;

/** `Tue–Thu`, `Mon, Fri`, `daily`. */
function daysText(days: readonly Weekday[]): string {
  if (days.length === weekdays.length) return 'daily';
  const runs: Weekday[][] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last && weekdays.indexOf(day) === weekdays.indexOf(last.at(-1) ?? day) + 1) last.push(day);
    else runs.push([day]);
  }
  return runs
    .flatMap((run) => (run.length > 2 ? [`${named(run[0])}–${named(run.at(-1))}`] : run.map(named)))
    .join(', ');
}

const named = (day = ''): string => `${day.slice(0, 1).toUpperCase()}${day.slice(1)}`;

/** `open, closes 16:00Z (in 3h12m)`, `closed, opens 2026-12-01 08:00Z (in 2d4h)`. */
function stateText({ open, until, startBy }: WindowDocument, now: number): string {
  const [word, turns] = open ? ['open', 'closes'] : ['closed', 'opens'];
  const late = open && startBy !== null && Date.parse(startBy) <= now ? ', too late to begin' : '';
  if (until === null) return open ? word : `${word}, does not open within a year`;
  return `${word}${late}, ${turns} ${ahead(until, now)}`;
}

/** Those that are not over: `2026-12-18 to 2027-01-06 Europe/Berlin: holidays`. A day's grace, as zones differ. */
export const freezeLines = (freezes: readonly Freeze[], now: number): string[] =>
  freezes
    .filter(({ to }) => to.slice(0, 10) >= new Date(now - DAY).toISOString().slice(0, 10))
    .map(({ from, to, zone, because }) => `${from} to ${to} ${zone}: ${because}`);

const DAY = 86_400_000;
