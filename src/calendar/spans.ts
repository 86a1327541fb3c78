import { type AtClose, type Freeze, type Window, weekdays } from '../model/strategy.js';
import { clockOf, type Wall } from './zone.js';

const dayMs = 24 * 60 * 60_000;

/** From `opens` up to, not including, `closes`; ms since 1970. */
export interface Span {
  readonly opens: number;
  readonly closes: number;
  /** Nothing is begun after it. */
  readonly startBy: number;
  readonly atClose: AtClose;
  /** Which one it is, in words. */
  readonly words: string;
}

/** When these windows are open between two moments; those that reach into that time are whole. */
export function windowSpans(windows: readonly Window[], from: number, to: number): Span[] {
  return windows.flatMap((window) => {
    const { shows } = clockOf(window.zone);
    // A window that began the day before may still be open, and ends two days after at the latest.
    const first = Math.floor(shows(from) / dayMs) - 2;
    const last = Math.floor(shows(to) / dayMs) + 1;
    const days = Array.from({ length: last - first + 1 }, (_, n) => (first + n) * dayMs);
    return days.filter((day) => window.days.includes(weekdayOf(day))).flatMap((day) => spanOn(window, day));
  });
}

/** Nothing on a day whose clock skips all of it. */
function spanOn(window: Window, day: Wall): Span[] {
  const { reaches } = clockOf(window.zone);
  const from = minutesOf(window.from);
  const to = minutesOf(window.to);
  const at = (minutes: number, next: boolean): number => reaches(day + (next ? dayMs : 0) + minutes * 60_000);
  const opens = at(from, false);
  const closes = at(to, to <= from);
  const by = window.startBy === undefined ? undefined : minutesOf(window.startBy);
  const startBy = by === undefined ? closes : Math.min(closes, at(by, by < from));
  if (opens >= closes) return [];
  return [{ opens, closes, startBy, atClose: window.atClose, words: windowWords(window) }];
}

export function freezeSpans(freezes: readonly Freeze[]): Span[] {
  return freezes.map(({ from, to, zone, because, atStart }) => {
    const { reaches } = clockOf(zone);
    const closes = reaches(wallOf(to) + (to.includes('T') ? 0 : dayMs), to.includes('T') ? 'last' : 'first');
    const words = `freeze ${from} to ${to} ${zone}: ${because}`;
    return { opens: reaches(wallOf(from)), closes, startBy: closes, atClose: atStart, words };
  });
}

export const windowWords = ({ days, from, to, zone }: Window): string =>
  `${days.join(', ')} ${from}–${to} ${zone}`;

/** The week of 1970-01-01 began on a Thursday. */
const weekdayOf = (day: Wall) => weekdays[(((day / dayMs + 3) % 7) + 7) % 7] ?? 'mon';

const minutesOf = (time: string): number => {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
};

const wallOf = (text: string): Wall => Date.parse(text.includes('T') ? `${text}:00Z` : `${text}T00:00:00Z`);
