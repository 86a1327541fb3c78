import { type Draft, problemAt, type Rule, writtenAt } from '../draft.js';
import { itemsOf, textOf } from '../node.js';
import { nodeAt } from '../position.js';
import { didYouMean } from '../suggest.js';
import type { Problem } from '../types.js';

/** Paths of the items of a section that is a list. */
const itemsAt = (draft: Draft, section: string): string[] =>
  itemsOf(nodeAt(draft.tree, [section])).map((_, i) => `${section}[${i}]`);

/** The text at a path, where its form is right. */
const textAt = (draft: Draft, path: string): string | undefined =>
  draft.isSound(path) ? textOf(writtenAt(draft, path)) : undefined;

/** Times are of a zone whose clock is known. */
export const zonesAreKnown: Rule = (draft) =>
  [...itemsAt(draft, 'windows'), ...itemsAt(draft, 'freezes')].flatMap((item): Problem[] => {
    const zone = textAt(draft, `${item}.zone`);
    if (zone === undefined || isZone(zone)) return [];
    const remedy =
      didYouMean(zone, zoneNames(zone), 'Zones') ?? 'Write an IANA name such as Europe/Berlin, or UTC.';
    return [problemAt(draft, `${item}.zone`, `There is no time zone "${zone}".`, remedy)];
  });

const allZones = (): string[] => ['UTC', ...Intl.supportedValuesOf('timeZone')];

/** Old names such as US/Eastern are none of those listed, and good all the same. */
function isZone(zone: string): boolean {
  const spelled = allZones().find((one) => one.toLowerCase() === zone.toLowerCase());
  if (spelled !== undefined) return spelled === zone;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Four hundred names are no help: those of the same region, or the same place. */
function zoneNames(zone: string): string[] {
  const [region = '', place = region] = zone.toLowerCase().split('/');
  const all = allZones();
  const exact = all.filter((one) => one.toLowerCase() === zone.toLowerCase());
  if (exact.length > 0) return exact;
  const ends = all.filter((one) => one.toLowerCase().endsWith(`/${place}`));
  return ends.length > 0 ? ends : all.filter((one) => one.toLowerCase().startsWith(`${region}/`));
}

/** Nothing can begin before its window opens, or after it closed. */
export const startsFitTheirWindow: Rule = (draft) =>
  itemsAt(draft, 'windows').flatMap((item): Problem[] => {
    const [from, to, startBy] = ['from', 'to', 'startBy'].map((key) => textAt(draft, `${item}.${key}`));
    if (from === undefined || to === undefined || startBy === undefined) return [];
    const after = (time: string): string => (time <= from ? `+${time}` : time);
    if (startBy !== from && order(after(startBy)) <= order(after(to))) return [];
    const message = `${startBy} is not within ${from} to ${to}${to <= from ? ' of the next day' : ''}.`;
    return [problemAt(draft, `${item}.startBy`, message, 'Write a time after "from" and not after "to".')];
  });

/** `+01:00` is after `23:00`. */
const order = (time: string): string => (time.startsWith('+') ? `1${time.slice(1)}` : `0${time}`);

/** A freeze is from one day of the calendar to another, not before it. */
export const freezesAreInTheCalendar: Rule = (draft) =>
  itemsAt(draft, 'freezes').flatMap((item): Problem[] => {
    const [from, to] = ['from', 'to'].map((key) => textAt(draft, `${item}.${key}`));
    const wrong = Object.entries({ from, to }).flatMap(([key, text]) =>
      text === undefined || isDay(text.slice(0, 10))
        ? []
        : [problemAt(draft, `${item}.${key}`, `"${text.slice(0, 10)}" is no day of the calendar.`)],
    );
    if (wrong.length > 0 || from === undefined || to === undefined) return wrong;
    const ends = to.includes('T') ? to : `${to}T24:00`;
    if ((from.includes('T') ? from : `${from}T00:00`) < ends) return [];
    return [problemAt(draft, `${item}.to`, `${to} is not after ${from}.`, 'Nothing would be frozen.')];
  });

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}
