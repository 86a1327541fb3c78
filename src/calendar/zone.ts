import { IANAZone } from 'luxon';
import { MillwrightError } from '../model/index.js';

const minute = 60_000;
const day = 24 * 60 * minute;

/** A calendar day and a time on it, counted as if there were no zones: ms since 1970. */
export type Wall = number;

/** A zone's clock. Moments are ms since 1970 UTC. */
export interface Clock {
  /** What it shows at a moment. */
  shows(moment: number): Wall;
  /**
   * First moment at which it shows that time or, where the time is skipped, a later one. Of a time that it shows twice the
   * first, with `last` the second.
   */
  reaches(wall: Wall, which?: 'first' | 'last'): number;
}

/** Throws MW-CALENDAR-ZONE for a zone that isn't known here. */
export function clockOf(name: string): Clock {
  const zone = IANAZone.create(name);
  if (!zone.isValid) throw unknownZone(name);
  const offset = (moment: number): number => zone.offset(moment) * minute;
  const shows = (moment: number): Wall => moment + offset(moment);
  return { shows, reaches: (wall, which = 'first') => reaches(wall, which, offset) };
}

function reaches(wall: Wall, which: 'first' | 'last', offset: (moment: number) => number): number {
  const tries = [wall - offset(wall - day), wall - offset(wall + day)];
  const real = tries.filter((moment) => moment + offset(moment) === wall).sort((a, b) => a - b);
  return (
    real.at(which === 'first' ? 0 : -1) ?? skipOver(wall, Math.min(...tries), Math.max(...tries), offset)
  );
}

/** The moment at which a clock skips that time: before `late`, not before `early`. */
function skipOver(wall: Wall, early: number, late: number, offset: (moment: number) => number): number {
  if (late - early <= 1) return late;
  const middle = Math.floor((early + late) / 2);
  return middle + offset(middle) >= wall
    ? skipOver(wall, early, middle, offset)
    : skipOver(wall, middle, late, offset);
}

const unknownZone = (name: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-CALENDAR-ZONE',
      cause: 'change',
      message: `no time zone ${name} is known here`,
      remedy: 'name one of the IANA database, e.g. Europe/Berlin',
    },
    false,
  );
