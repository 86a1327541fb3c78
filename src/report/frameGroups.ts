import { atMost, classesOf, type MachineClass } from './classes.js';
import { ahead } from './gates.js';
import type { Typed } from './next.js';
import type { Paint } from './paint.js';
import type { GroupProgress, MachineProgress } from './progress.js';
import { machineRanges } from './ranges.js';
import { clip, count, duration, pad, padStart } from './text.js';
import { nameList } from './words.js';

export interface GroupRoom {
  readonly now: number;
  /** For its machines. */
  readonly lines: number;
  readonly width: number;
  readonly typed: Typed;
}

/** More machines than that are told by class, even where there is room. */
const SINGLY = 12;
/** A group that isn't at work shows no more than this of its machines. */
const AT_REST = 4;

/** A group and those of its machines that matter: failures first, then what runs. */
export function groupLines(group: GroupProgress, room: GroupRoom, paint: Paint): string[] {
  if (group.state === 'waiting')
    return [`◌ ${pad(group.group, 6)} waits for ${group.reason ?? (group.after.join(', ') || 'its turn')}`];
  const tally = `${group.done}/${group.total}`;
  const only = group.total === 1 && group.state === 'done' ? group.machines[0] : undefined;
  const head = `${groupMark(group, paint)} ${pad(group.group, 6)} ${pad(tally, 5)}`;
  if (only) return [`${head} ${pad(`${only.machine} ${only.text}`, 58)} ${took(only, room.now)}`];
  return [`${head} ${stateText(group, room)}`.trimEnd(), ...machineLines(group, room, paint)];
}

/** `batch 2 of 3 · failed 0 of 0 allowed · soaks until 10:41Z (in 2m00s): skip with millwright promote 42`. */
function stateText(
  { state, batch, budget, failed, soaksUntil, reason }: GroupProgress,
  room: GroupRoom,
): string {
  const { run, flag } = room.typed;
  const soak = soaksUntil === undefined ? 'soaks' : `soaks until ${ahead(soaksUntil, room.now)}`;
  return [
    batch === undefined ? '' : `batch ${batch.n} of ${batch.of}`,
    budget === undefined ? '' : `failed ${budget.failed} of ${budget.maxFailed} allowed`,
    failed > 0 && failed !== budget?.failed ? `${failed} failed` : '',
    state === 'asking' ? 'waits for you' : '',
    state === 'gated' ? 'gated' : '',
    state === 'soaking' ? `${soak}: skip with millwright promote ${run}${flag}` : '',
    state === 'failed' && reason !== undefined ? reason : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

function groupMark({ state }: GroupProgress, paint: Paint): string {
  if (state === 'failed') return paint.red('✖');
  if (state === 'asking' || state === 'gated') return paint.yellow('?');
  return state === 'done' ? paint.green('✔') : paint.cyan('●');
}

function machineLines(group: GroupProgress, { now, lines, width }: GroupRoom, paint: Paint): string[] {
  const { machines, total, state } = group;
  if (lines === 0) return [];
  const room = state === 'done' ? Math.min(lines, AT_REST) : lines;
  const left = total - machines.length;
  const most = Math.max(1, room - (left > 0 ? 1 : 0));
  const begun =
    machines.length <= Math.min(SINGLY, most)
      ? machines.map((one) => machineLine(one, now, paint))
      : classLines(machines, { now, width, lines: most }, paint);
  return [...begun, ...(left > 0 ? [`   … ${left} more`] : [])];
}

function classLines(
  machines: readonly MachineProgress[],
  { now, lines, width }: Omit<GroupRoom, 'typed'>,
  paint: Paint,
): string[] {
  const classes = classesOf(machines, (one) => ({
    rank: rankOf(one.state),
    kind: one.state,
    text: one.state === 'running' ? (one.phase ?? 'begins') : one.text,
  }));
  return atMost(
    classes,
    lines,
    (one) => [one.members.length === 1 ? machineLine(one.first, now, paint) : classLine(one, width, paint)],
    (rest) =>
      `   … ${count(
        rest.reduce((sum, one) => sum + one.machines.length, 0),
        'machine',
      )} more`,
  );
}

const ranks: Readonly<Partial<Record<MachineProgress['state'], number>>> = {
  ...{ failed: 0, unknown: 0, owed: 1, stopped: 1, cancelled: 1, running: 2, done: 3 },
};
const rankOf = (state: MachineProgress['state']): number => ranks[state] ?? 4;

function classLine(
  { machines, text, first }: MachineClass<MachineProgress>,
  width: number,
  paint: Paint,
): string {
  const names = machineRanges(machines, 24);
  const number = count(machines.length, 'machine');
  const beside = 7 + Math.max(9, names.length) + number.length;
  const said = pad(clip(text, Math.max(16, width - beside)), 58 - Math.max(0, names.length - 9));
  return `   ${mark(first.state, paint)} ${pad(names, 9)} ${said} ${number}`;
}

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

/** Where not all groups fit, those of which nothing is to be said are one line per state. */
export function quietGroups(
  groups: readonly GroupProgress[],
  most: number,
): { told: readonly GroupProgress[]; quiet: string[] } {
  if (groups.length <= most) return { told: groups, quiet: [] };
  const loud = groups.filter((one) => !isQuiet(one)).sort((a, b) => urgency(a) - urgency(b));
  const told = groups.filter((one) => loud.slice(0, most).includes(one));
  const rest = groups.filter((one) => !told.includes(one));
  const line = (sign: string, some: readonly GroupProgress[], what: string): string[] => {
    const machines = some.reduce((sum, one) => sum + one.total, 0);
    const names = clip(nameList(some.map((one) => one.group)), 40);
    return some.length === 0
      ? []
      : [`${sign} ${count(some.length, 'group')} ${what}: ${names} · ${count(machines, 'machine')}`];
  };
  const [done, waiting] = (['done', 'waiting'] as const).map((state) =>
    rest.filter((one) => one.state === state),
  );
  return {
    told,
    quiet: [
      ...line('✔', done ?? [], 'done'),
      ...line(
        '●',
        rest.filter((one) => !isQuiet(one)),
        'more at work',
      ),
      ...line('◌', waiting ?? [], 'waiting'),
    ],
  };
}

const isQuiet = ({ state }: GroupProgress): boolean => state === 'done' || state === 'waiting';

/** Groups that need somebody stay in sight. */
const urgency = ({ state }: GroupProgress): number =>
  ['failed', 'asking', 'gated', 'soaking', 'running'].indexOf(state);
