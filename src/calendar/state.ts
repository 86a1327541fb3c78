import type { AtClose, Freeze, Window, WindowState } from '../model/strategy.js';
import { freezeSpans, type Span, windowSpans, windowWords } from './spans.js';

const day = 24 * 60 * 60_000;
/** How far is looked ahead, days: most answers are near, and none is looked for beyond a year. */
const horizons = [9, 60, 366];
const year = 366 * day;

interface Calendar {
  readonly windows: readonly Window[];
  /** Undefined: no window is declared, hence all times are within one. */
  readonly spans?: readonly Span[];
  readonly freezes: readonly Span[];
}

/**
 * Whether changes may run at a moment. Windows that overlap or touch are one; a freeze counts whatever windows say. Throws
 * MW-CALENDAR-ZONE for a zone that isn't known.
 */
export function windowState(windows: readonly Window[], freezes: readonly Freeze[], at: Date): WindowState {
  const now = at.getTime();
  const frozen = freezeSpans(freezes);
  for (const days of horizons) {
    const spans = windows.length === 0 ? undefined : windowSpans(windows, now - 8 * day, now + days * day);
    const calendar = { windows, spans, freezes: frozen };
    const until = nextTurn(calendar, now, now + days * day);
    if (until === undefined && days !== horizons.at(-1)) continue;
    if (isOpen(calendar, now)) return openState(calendar, now, until);
    const next = until === undefined ? undefined : windowState(windows, freezes, new Date(until));
    return { ...closedState(calendar, now), until: rfc(until), startBy: next?.startBy, closes: next?.until };
  }
  throw new RangeError('no horizon');
}

function openState(calendar: Calendar, now: number, until: number | undefined): WindowState {
  const why = within(calendar.spans ?? [], now).map(({ words }) => words)[0] ?? 'no window is declared';
  return {
    open: true,
    why,
    until: rfc(until),
    startBy: rfc(startBy(calendar, now, until)),
    atClose: until === undefined ? 'pause' : closing(calendar, until),
  };
}

function closedState({ windows, spans = [], freezes }: Calendar, now: number): WindowState {
  const [frozen] = within(freezes, now);
  const last = spans
    .filter(({ closes }) => closes <= now)
    .sort(byClose)
    .at(-1);
  return {
    open: false,
    why: frozen?.words ?? `outside ${windows.map(windowWords).join('; ')}`,
    atClose: (frozen ?? last)?.atClose ?? 'pause',
  };
}

const byClose = (a: Span, b: Span): number => a.closes - b.closes;

const within = (spans: readonly Span[], moment: number): readonly Span[] =>
  spans.filter(({ opens, closes }) => opens <= moment && moment < closes);

const isOpen = ({ spans, freezes }: Calendar, moment: number): boolean =>
  within(freezes, moment).length === 0 && (spans === undefined || within(spans, moment).length > 0);

/** The first moment after `from` at which it is open where it was closed, or closed where it was open. */
function nextTurn(calendar: Calendar, from: number, to: number): number | undefined {
  const { spans = [], freezes } = calendar;
  const edges = [...spans, ...freezes].flatMap(({ opens, closes }) => [opens, closes]);
  const open = isOpen(calendar, from);
  return edges
    .filter((edge) => edge > from && edge <= to)
    .sort((a, b) => a - b)
    .find((edge) => isOpen(calendar, edge) !== open);
}

/** Undefined: until it closes. One that has passed already is given where only such windows are open. */
function startBy({ spans = [] }: Calendar, moment: number, closes: number | undefined): number | undefined {
  let latest = Math.max(...within(spans, moment).map((span) => span.startBy));
  for (const span of [...spans].sort((a, b) => a.opens - b.opens))
    if (span.opens >= moment && span.opens <= latest) latest = Math.max(latest, span.startBy);
  return Number.isFinite(latest) && latest < (closes ?? moment + year) ? latest : undefined;
}

/** A freeze says what it wants; of several windows that close at once the first one that is declared. */
function closing({ spans = [], freezes }: Calendar, until: number): AtClose {
  const freeze = freezes.find(({ opens, closes }) => opens <= until && until < closes);
  return (freeze ?? spans.find(({ closes }) => closes === until))?.atClose ?? 'pause';
}

const rfc = (moment: number | undefined): string | undefined =>
  moment === undefined ? undefined : new Date(moment).toISOString().replace('.000Z', 'Z');
