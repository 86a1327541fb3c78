import { groupLines, quietGroups } from './frameGroups.js';
import { pauseText, windowText } from './gates.js';
import { gatesLines } from './held.js';
import type { Typed } from './next.js';
import type { Paint } from './paint.js';
import type { GroupProgress } from './progress.js';
import type { GateDocument, PauseDocument, WindowDocument } from './runDocuments.js';
import { clipPainted, duration, padStart } from './text.js';

export interface FrameView {
  readonly fleet: string;
  readonly environment: string;
  readonly run: number | null;
  readonly plan: string;
  readonly commit: string | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly groups: readonly GroupProgress[];
  /** The last things that happened, oldest first. */
  readonly tail: readonly string[];
  readonly temporalUrl: string | null;
  /** The open question, ready to be shown; empty: there is none. */
  readonly question: readonly string[];
  readonly keys: string;
  /** Open ones. */
  readonly gates: readonly GateDocument[];
  readonly paused: PauseDocument | null;
  readonly window: WindowDocument | null;
  /** How the run is named in what can be typed. */
  readonly typed: Typed;
}

export interface FrameSize {
  readonly width: number;
  /** Lines at most, as far as that is possible. */
  readonly height: number;
}

/** One picture of a run: header, groups with the machines that matter, what it waits for, the last events, keys. */
export function frame(view: FrameView, now: number, size: FrameSize, paint: Paint): string {
  const above = [header(view, now, paint), ...heldLines(view, now, paint)];
  const below = [
    ...spaced(gatesLines(view.gates, view.typed, now, paint)),
    ...spaced(view.tail.slice(-6).map(paint.dim)),
    ...spaced(view.question),
    ...(view.temporalUrl ? [paint.dim(padStart(view.temporalUrl, Math.min(size.width, 84)))] : []),
    ...(view.keys ? [view.keys] : []),
  ];
  const left = size.height - above.length - below.length;
  return [...above, ...groupsIn(view, now, { width: size.width, height: left }, paint), ...below]
    .map((line) => clipPainted(line, size.width))
    .join('\n');
}

const spaced = (lines: readonly string[]): readonly string[] => (lines.length > 0 ? ['', ...lines] : lines);

/** A machine of a fleet whose groups don't all fit counts for more than a group of which nothing is to be said. */
function groupsIn(
  { groups, typed }: FrameView,
  now: number,
  { width, height }: FrameSize,
  paint: Paint,
): string[] {
  const { told, quiet } = quietGroups(groups, Math.max(4, Math.floor(height / 2)));
  const busy = told.filter((one) => one.machines.length > 0).length;
  const heads = told.length + quiet.length;
  const each = Math.max(0, Math.floor((height - heads) / Math.max(1, busy)));
  return [...told.flatMap((one) => groupLines(one, { now, lines: each, width, typed }, paint)), ...quiet];
}

function header(view: FrameView, now: number, paint: Paint): string {
  const run = view.run === null ? 'starting' : `run ${view.run}`;
  const what = [
    `${view.fleet}/${view.environment}`,
    run,
    `plan ${view.plan.slice(0, 8)}`,
    view.commit?.slice(0, 7),
  ];
  const elapsed = duration(now - Date.parse(view.startedAt));
  const closes = view.window?.open && view.window.until ? [windowText(view.window, now)] : [];
  const about = [`${elapsed} elapsed`, `started by ${view.startedBy}`, ...closes].join(' · ');
  return `${paint.bold(what.filter(Boolean).join('  '))}          ${about}`;
}

/** Why nothing new begins, and what lets it. */
function heldLines({ paused, window, typed }: FrameView, now: number, paint: Paint): string[] {
  const { run, flag } = typed;
  return [
    ...(paused ? [`${paint.yellow('‖')} ${pauseText(paused, now)}   millwright resume ${run}${flag}`] : []),
    ...(window && !window.open ? [`${paint.yellow('‖')} ${windowText(window, now)}`] : []),
  ];
}
