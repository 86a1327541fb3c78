import type { OrphanVm, StatusDocument, StatusMachine } from './documents.js';
import { driftLines } from './drift.js';
import type { Paint } from './paint.js';
import { questionBlock } from './question.js';
import { urlLines } from './run.js';
import { ago, columns, count, duration } from './text.js';

/** The fleet as a table; under it what needs somebody: debts, orphans, missing VMs. */
export function renderStatus(status: StatusDocument, now: number, paint: Paint, flag = ''): string {
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
    ...holdLines(status, now),
    ...driftLines(status.machines, now),
    ...debtLines(status),
    ...goneLines(status),
    ...rollbackLines(status, now),
    ...orphanLines(status.orphans ?? []),
    ...questionLines(status, paint, flag),
    ...(status.urls.length > 0 ? ['', ...urlLines(status.urls)] : []),
    ...(status.notes.length > 0 ? ['', ...status.notes.map(paint.dim)] : []),
  ].join('\n');
}

function runningText(status: StatusDocument): string {
  if (!status.running) return 'no run is active';
  const { run, verb, change } = status.running;
  const what = `${verb} ${run === null ? change : `run ${run}`}`;
  const open = status.questions.length;
  return open > 0 ? `${what} waits for you: ${count(open, 'open question')}` : `${what} is active`;
}

function questionLines({ running, questions }: StatusDocument, paint: Paint, flag: string): string[] {
  const run = String(running?.run ?? running?.change ?? 'RUN');
  return questions.flatMap((one) => ['', ...questionBlock(one, { run, flag }, paint)]);
}

const holdLines = (status: StatusDocument, now: number): string[] =>
  status.machines.flatMap(({ machine, hold }) => {
    if (hold === null) return [];
    const by = hold.by === undefined ? '' : ` by ${hold.by}`;
    const end =
      hold.until === undefined ? 'without an end' : `until ${hold.until} (${left(hold.until, now)})`;
    return [`! ${machine} is held${by} ${end}: ${hold.reason}`];
  });

const left = (until: string, now: number): string =>
  Date.parse(until) <= now ? 'over' : `${duration(Date.parse(until) - now)} left`;

/** Until a run succeeds: what was taken back, and that it isn't tried again by itself. */
function rollbackLines({ rollback }: StatusDocument, now: number): string[] {
  if (!rollback?.current) return [];
  const { run, of, commit, by, at, outcome } = rollback;
  const what = `run ${of}${commit === null ? '' : ` (${commit.slice(0, 7)})`}`;
  const when = at === null ? '' : `, ${ago(now - Date.parse(at))}`;
  const head = run === of ? `${what} was rolled back` : `${what} was rolled back by run ${run}`;
  return outcome === 'rollback-failed'
    ? [`✖ ${head} of ${by}${when}, and that failed: millwright status ${run}`]
    : [`! ${head} of ${by}${when}: verified; \`millwright up\` tries this revision only with --again`];
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
  if (['failed', 'gone', 'unknown', 'rollback-failed'].includes(state)) return paint.red('✖');
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
