import type { OrphanVm, StatusDocument, StatusMachine } from './documents.js';
import type { Paint } from './paint.js';
import { urlLines } from './run.js';
import { ago, columns, count } from './text.js';

/** The fleet as a table; under it what needs somebody: debts, orphans, missing VMs. */
export function renderStatus(status: StatusDocument, now: number, paint: Paint): string {
  const head = `${paint.bold(`${status.fleet}/${status.environment}`)}   ${runningText(status)}`;
  const table = columns([
    ['  MACHINE', 'STATE', 'SITE', 'ADDRESS', 'BUNDLE', 'RUN', 'UPDATED'],
    ...status.machines.map((one) => machineRow(one, now, paint)),
  ]);
  return [
    head,
    ...(status.machines.length > 0
      ? table
      : ['No machines are known here. `millwright up` creates what the manifest declares.']),
    ...debtLines(status),
    ...goneLines(status),
    ...orphanLines(status.orphans ?? []),
    ...(status.urls.length > 0 ? ['', ...urlLines(status.urls)] : []),
    ...(status.notes.length > 0 ? ['', ...status.notes.map(paint.dim)] : []),
  ].join('\n');
}

function runningText(status: StatusDocument): string {
  if (!status.running) return 'no run is active';
  const { run, verb, change } = status.running;
  return `${verb} ${run === null ? change : `run ${run}`} is active`;
}

function machineRow(one: StatusMachine, now: number, paint: Paint): string[] {
  return [
    `${stateSign(one.state, paint)} ${one.machine}`,
    one.state + (one.power === 'off' ? ' (off)' : ''),
    one.site,
    Object.values(one.addresses).join(' ') || '-',
    one.assigned ? `${one.assigned.slice(0, 8)}${one.assigned === one.verified ? '' : ' unverified'}` : '-',
    one.run === null ? '-' : String(one.run),
    one.updatedAt ? ago(now - Date.parse(one.updatedAt)) : '-',
  ];
}

function stateSign(state: string, paint: Paint): string {
  if (state === 'verified') return paint.green('✔');
  if (state === 'running') return paint.cyan('●');
  if (state === 'failed' || state === 'gone' || state === 'unknown') return paint.red('✖');
  return state === 'not created' ? '◌' : paint.yellow('?');
}

const debtLines = (status: StatusDocument): string[] =>
  status.machines
    .filter((one) => one.debts.length > 0)
    .map((one) => `! ${one.machine} owes ${one.debts.join(', ')}: the next \`millwright up\` pays it`);

const goneLines = (status: StatusDocument): string[] =>
  status.machines
    .filter((one) => one.state === 'gone')
    .map(
      (one) =>
        `! ${one.machine}: its VM ${one.instance ?? ''} is gone from ${one.site}; \`millwright up\` makes a new one`,
    );

/** VMs nobody owns, by instance. */
export const orphanLines = (orphans: readonly OrphanVm[]): string[] =>
  orphans.length === 0
    ? []
    : [
        '',
        `${count(orphans.length, 'VM')} without a machine:`,
        ...columns(
          orphans.map((one) => [`  ${one.instance}`, `on ${one.site}`, `power ${one.power}`, one.reason]),
        ),
      ];
