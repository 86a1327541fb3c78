import { classesOf, type MachineClass } from './classes.js';
import type { StatusMachine } from './documents.js';
import type { Paint } from './paint.js';
import { machineRanges } from './ranges.js';
import { SINGLY } from './runMachines.js';
import { ago, columns, count } from './text.js';

/** Classes beyond that are counted. */
const CLASSES = 20;

/** A row per machine or, of many, per class of machines in the same state at the same bundle, failures first. */
export function statusTable(machines: readonly StatusMachine[], now: number, paint: Paint): string[] {
  return machines.length <= SINGLY ? singly(machines, now, paint) : byClass(machines, now, paint);
}

function singly(machines: readonly StatusMachine[], now: number, paint: Paint): string[] {
  return columns([
    ['  MACHINE', 'STATE', 'SITE', 'ADDRESS', 'BUNDLE', 'RUN', 'UPDATED'],
    ...machines.map((one) => [
      `${stateSign(one.state, paint)} ${one.machine}`,
      stateText(one),
      one.site,
      Object.values(one.addresses).join(' ') || '-',
      bundleText(one),
      runText(one),
      one.updatedAt ? ago(now - Date.parse(one.updatedAt)) : '-',
    ]),
  ]);
}

function byClass(machines: readonly StatusMachine[], now: number, paint: Paint): string[] {
  const classes = classesOf(machines, (one) => ({
    rank: rankOf(one.state),
    kind: JSON.stringify([one.group, one.site, bundleText(one), runText(one)]),
    text: stateText(one),
  }));
  const shown = classes.slice(0, classes.length > CLASSES ? CLASSES - 1 : CLASSES);
  const left = classes.slice(shown.length);
  const names = left.reduce((sum, one) => sum + one.machines.length, 0);
  return [
    ...columns([
      ['  MACHINES', 'STATE', 'SITE', 'BUNDLE', 'RUN', 'UPDATED', ''],
      ...shown.map((one) => classRow(one, now, paint)),
    ]),
    ...(left.length > 0
      ? [
          `  … ${count(names, 'machine')} in ${count(left.length, 'class', 'classes')} more; -o json names every one`,
        ]
      : []),
  ];
}

/** When one of them was last heard of: the newest. */
function classRow(one: MachineClass<StatusMachine>, now: number, paint: Paint): string[] {
  const { first, machines, members, text } = one;
  const newest =
    members
      .map(({ updatedAt }) => updatedAt ?? '')
      .sort()
      .at(-1) ?? '';
  return [
    `${stateSign(first.state, paint)} ${machineRanges(machines, 40)}`,
    text,
    first.site,
    bundleText(first),
    runText(first),
    newest === '' ? '-' : ago(now - Date.parse(newest)),
    count(machines.length, 'machine'),
  ];
}

const stateText = ({ state, power }: StatusMachine): string => state + (power === 'off' ? ' (off)' : '');

const bundleText = ({ assigned, verified }: StatusMachine): string =>
  assigned ? `${assigned.slice(0, 8)}${assigned === verified ? '' : ' unverified'}` : '-';

const runText = ({ run }: StatusMachine): string => (run === null ? '-' : String(run));

const bad = ['failed', 'gone', 'unknown', 'rollback-failed'];

const rankOf = (state: string): number =>
  bad.includes(state) ? 0 : ({ running: 2, 'not created': 3, verified: 4 }[state] ?? 1);

function stateSign(state: string, paint: Paint): string {
  if (state === 'verified') return paint.green('✔');
  if (state === 'running') return paint.cyan('●');
  if (bad.includes(state)) return paint.red('✖');
  return state === 'not created' ? '◌' : paint.yellow('?');
}
