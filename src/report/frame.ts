import type { GroupProgress, MachineProgress } from './documents.js';
import type { Paint } from './paint.js';
import { clip, duration, machineList, pad, padStart } from './text.js';

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
}

const MAX_MACHINES = 12;

/** One picture of a run: header, groups with the machines that matter, the last events, keys. */
export function frame(view: FrameView, now: number, width: number, paint: Paint): string {
  const lines = [
    header(view, now, paint),
    ...view.groups.flatMap((group) => groupLines(group, now, paint)),
    ...(view.tail.length > 0 ? ['', ...view.tail.slice(-6).map(paint.dim)] : []),
    ...(view.question.length > 0 ? ['', ...view.question] : []),
    ...(view.temporalUrl ? [paint.dim(padStart(view.temporalUrl, Math.min(width, 84)))] : []),
    ...(view.keys ? [view.keys] : []),
  ];
  return lines.map((line) => clipPainted(line, width)).join('\n');
}

/** Colour codes have no width, but cutting inside one would spill: such lines are cut only when they are plain. */
const clipPainted = (line: string, width: number): string =>
  line.includes('\u001b') ? line : clip(line, width);

function header(view: FrameView, now: number, paint: Paint): string {
  const run = view.run === null ? 'starting' : `run ${view.run}`;
  const what = [
    `${view.fleet}/${view.environment}`,
    run,
    `plan ${view.plan.slice(0, 8)}`,
    view.commit?.slice(0, 7),
  ];
  const elapsed = duration(now - Date.parse(view.startedAt));
  return `${paint.bold(what.filter(Boolean).join('  '))}          ${elapsed} elapsed · started by ${view.startedBy}`;
}

function groupLines(group: GroupProgress, now: number, paint: Paint): string[] {
  const tally = `${group.done}/${group.total}`;
  if (group.state === 'waiting')
    return [`◌ ${pad(group.group, 6)} waits for ${group.after.join(', ') || 'its turn'}`];
  const only = group.total === 1 && group.state === 'done' ? group.machines[0] : undefined;
  const head = `${groupMark(group, paint)} ${pad(group.group, 6)} ${pad(tally, 5)}`;
  if (only) return [`${head} ${pad(`${only.machine} ${only.text}`, 58)} ${took(only, now)}`];
  const failed = [
    group.failed > 0 ? `${group.failed} failed` : '',
    group.state === 'asking' ? 'waits for you' : '',
  ]
    .filter(Boolean)
    .join(' · ');
  return [
    `${head} ${failed}`.trimEnd(),
    ...shown(group).map((one) => machineLine(one, now, paint)),
    ...hidden(group),
  ];
}

function groupMark(group: GroupProgress, paint: Paint): string {
  if (group.state === 'failed') return paint.red('✖');
  if (group.state === 'asking') return paint.yellow('?');
  return group.state === 'done' ? paint.green('✔') : paint.cyan('●');
}

/** Running and failed machines first; of the others as many as fit. */
function shown(group: GroupProgress): MachineProgress[] {
  const rank = (m: MachineProgress): number => (m.state === 'running' ? 0 : m.state === 'failed' ? 1 : 2);
  const chosen = [...group.machines].sort((a, b) => rank(a) - rank(b)).slice(0, MAX_MACHINES);
  return group.machines.filter((one) => chosen.includes(one));
}

const hidden = (group: GroupProgress): string[] => {
  const rest = group.total - Math.min(group.machines.length, MAX_MACHINES);
  return rest > 0 ? [`   … ${rest} more`] : [];
};

function machineLine(one: MachineProgress, now: number, paint: Paint): string {
  const text = one.state === 'running' ? [one.phase, one.text].filter(Boolean).join(' ') : one.text;
  return `   ${mark(one.state, paint)} ${pad(one.machine, 9)} ${pad(clip(text, 58), 58)} ${took(one, now)}`.trimEnd();
}

const took = (one: MachineProgress, now: number): string => {
  if (!one.startedAt) return '';
  const end = one.endedAt ? Date.parse(one.endedAt) : now;
  return padStart(duration(end - Date.parse(one.startedAt)), 6);
};

/** One sign per state, the same everywhere. */
export function mark(state: MachineProgress['state'], paint: Paint): string {
  switch (state) {
    case 'done':
      return paint.green('✔');
    case 'running':
      return paint.cyan('●');
    case 'failed':
    case 'unknown':
      return paint.red('✖');
    case 'owed':
      return paint.yellow('?');
    case 'waiting':
      return '◌';
    default:
      return '-';
  }
}

/** `web-1 web-2` of a state, for a sentence. */
export const namesIn = (groups: readonly GroupProgress[], state: MachineProgress['state']): string =>
  machineList(groups.flatMap((g) => g.machines.filter((m) => m.state === state).map((m) => m.machine)));
