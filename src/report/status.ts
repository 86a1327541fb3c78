import { atMost } from './classes.js';
import type { OrphanVm, StatusDocument, StatusMachine } from './documents.js';
import { driftLines } from './drift.js';
import { heldLines, openGates } from './held.js';
import type { Paint } from './paint.js';
import { questionBlocks } from './question.js';
import { machineRanges } from './ranges.js';
import { urlLines } from './run.js';
import { statusTable } from './statusTable.js';
import { ago, columns, count, duration, groupedBy } from './text.js';
import { oneLine } from './visible.js';

/** The fleet as a table; under it what needs somebody: debts, orphans, missing VMs. */
export function renderStatus(status: StatusDocument, now: number, paint: Paint, flag = ''): string {
  const head = `${paint.bold(`${status.fleet}/${status.environment}`)}   ${runningText(status)}`;
  const { running } = status;
  const typed = { run: String(running?.run ?? running?.change ?? 'RUN'), flag };
  const held = running === null ? [] : heldLines(status, typed, now, paint);
  return [
    head,
    ...(status.machines.length > 0
      ? statusTable(status.machines, now, paint)
      : ['No machines are known here. `millwright up` creates what the manifest declares.']),
    ...limited(holdLines(status, now)),
    ...limited(driftLines(status.machines, now)),
    ...limited(debtLines(status)),
    ...limited(drainedLines(status)),
    ...limited(goneLines(status)),
    ...rollbackLines(status, now),
    ...orphanLines(status.orphans ?? [], ORPHANS),
    ...(held.length > 0 ? ['', ...held] : []),
    ...questionBlocks(status.questions, typed, paint),
    ...(status.urls.length > 0 ? ['', ...urlLines(status.urls)] : []),
    ...(status.notes.length > 0 ? ['', ...status.notes.map(paint.dim)] : []),
  ].join('\n');
}

function runningText(status: StatusDocument): string {
  if (!status.running) return 'no run is active';
  const { run, verb, change } = status.running;
  const what = `${verb} ${run === null ? change : `run ${run}`}`;
  const gates = openGates(status.gates).length;
  const open = [
    ...(status.questions.length > 0 ? [count(status.questions.length, 'open question')] : []),
    ...(gates > 0 ? [count(gates, 'open gate')] : []),
  ];
  if (open.length > 0) return `${what} waits for you: ${open.join(', ')}`;
  if (status.paused !== null) return `${what} is paused`;
  return status.window?.open === false ? `${what} waits for its window` : `${what} is active`;
}

/** More notes of one kind than that, and more VMs, are counted. */
const [NOTES, ORPHANS] = [5, 8];

const limited = (lines: readonly string[]): string[] =>
  atMost(
    lines,
    NOTES,
    (line) => [line],
    (rest) => `! … ${count(rest.length, 'line')} more like these`,
  );

/** One line for machines of which the same is to be said. */
const told = (
  machines: readonly StatusMachine[],
  say: (one: StatusMachine) => string,
): [string, StatusMachine[]][] => groupedBy(machines, say);

const namesOf = (some: readonly StatusMachine[]): string => machineRanges(some.map((one) => one.machine));

const holdLines = ({ machines }: StatusDocument, now: number): string[] =>
  told(
    machines.filter((one) => one.hold !== null),
    (one) => holdText(one, now),
  ).map(([text, some]) => `! ${namesOf(some)} ${some.length === 1 ? 'is' : 'are'} held${text}`);

function holdText({ hold }: StatusMachine, now: number): string {
  const by = hold?.by === undefined ? '' : ` by ${oneLine(hold.by)}`;
  const end = hold?.until === undefined ? 'without an end' : `until ${hold.until} (${left(hold.until, now)})`;
  return `${by} ${end}: ${oneLine(hold?.reason ?? '')}`;
}

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

const debtLines = ({ machines }: StatusDocument): string[] =>
  told(
    machines.filter((one) => one.debts.length > 0),
    (one) => one.debts.join(', '),
  ).map(
    ([debts, some]) =>
      `! ${namesOf(some)} ${some.length === 1 ? 'owes' : 'owe'} ${debts}: the next \`millwright up\` pays it`,
  );

/** One that a run works on is meant to be out of use. */
const drainedLines = ({ machines }: StatusDocument): string[] =>
  told(
    machines.filter(({ drained, state }) => drained !== null && state !== 'running'),
    ({ drained }) => `drained from ${drained}`,
  ).map(([where, some]) => `! ${namesOf(some)}  ${where} until verified`);

function goneLines({ machines }: StatusDocument): string[] {
  const gone = machines.filter((one) => one.state === 'gone');
  return told(gone, (one) => one.site).map(([site, some]) =>
    some.length === 1
      ? `! ${namesOf(some)}: its VM ${some[0]?.instance ?? ''} is gone from ${site}; \`millwright up\` makes a new one`
      : `! ${namesOf(some)}: their VMs are gone from ${site}; \`millwright up\` makes new ones`,
  );
}

/** VMs nobody owns, by instance; more than `most` are counted. */
export function orphanLines(orphans: readonly OrphanVm[], most = orphans.length): string[] {
  if (orphans.length === 0) return [];
  const rows = orphans
    .slice(0, most)
    .map((one) => [`  ${one.instance}`, `on ${one.site}`, `power ${one.power}`, one.reason]);
  const rest = orphans.length - rows.length;
  return [
    '',
    `${count(orphans.length, 'VM')} without a machine:`,
    ...columns(rows),
    ...(rest > 0 ? [`  … ${rest} more`] : []),
  ];
}
