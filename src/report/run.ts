import type { MachineOutcome, Outcome } from '../model/index.js';
import type { PublishedUrl, RunDocument, RunMachine } from './documents.js';
import { type FailureContext, failureBlock, stateText } from './failure.js';
import type { Paint } from './paint.js';
import { columns, count, duration, machineList } from './text.js';

/** The end of a run: a line per machine, each failure in full, what is owed, URLs, and the sum in one line. */
export function renderRun(run: RunDocument, paint: Paint): string {
  const failed = run.machines.filter((one) => one.detail.failure !== undefined);
  return [
    ...columns(run.machines.map((one) => machineRow(one, paint))),
    ...failed.flatMap((one) => ['', ...failureBlock(one.detail, failureContext(run, one), paint)]),
    ...(run.machines.length > 0 ? [''] : []),
    sumLine(run, paint),
    ...urlLines(run.urls),
    ...(run.temporalUrl ? [`Temporal  ${run.temporalUrl}`] : []),
  ].join('\n');
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  running: 'still running',
  aligned: 'nothing to do',
  applied: 'verified',
  destroyed: 'destroyed',
  failed: 'failed',
  owed: 'owed',
  skipped: 'not started',
  cancelled: 'cancelled',
  stopped: 'stopped',
  unknown: 'unknown: a run may still be active on it',
};

function machineRow(one: RunMachine, paint: Paint): string[] {
  return [
    `${sign(one.outcome, paint)} ${one.machine}`,
    outcomeText(one.detail),
    one.detail.counts ? stateText(one.detail.counts) : '',
    tookText(one.detail),
  ];
}

/** `verified`, `failed at provision`, `owed: busy: …`. */
export function outcomeText(one: MachineOutcome): string {
  const word = outcomeWords[one.outcome];
  if (one.failure && one.outcome !== 'owed') return `${word} at ${one.phase ?? 'an unknown phase'}`;
  if (one.reason === undefined) return word;
  const known = one.reason.split(':')[0] ?? '';
  return one.reason.startsWith(word) || word.startsWith(known) ? one.reason : `${word}: ${one.reason}`;
}

function sign(outcome: Outcome, paint: Paint): string {
  if (outcome === 'failed' || outcome === 'unknown') return paint.red('✖');
  if (outcome === 'owed' || outcome === 'cancelled' || outcome === 'stopped') return paint.yellow('?');
  if (outcome === 'skipped') return '◌';
  return outcome === 'aligned' ? '=' : paint.green('✔');
}

/** From the first phase's start to the last one's end. */
export function tookText(outcome: MachineOutcome): string {
  const starts = outcome.phases.flatMap((phase) => (phase.startedAt ? [Date.parse(phase.startedAt)] : []));
  const ends = outcome.phases.flatMap((phase) => (phase.endedAt ? [Date.parse(phase.endedAt)] : []));
  if (starts.length === 0 || ends.length === 0) return '';
  return duration(Math.max(...ends) - Math.min(...starts));
}

function failureContext(run: RunDocument, one: RunMachine): FailureContext {
  const step = one.detail.failure?.step;
  return {
    others: othersText(run, one),
    next:
      one.detail.failure?.cause === 'cancelled'
        ? []
        : [
            [
              `millwright up -e ${run.environment}`,
              'goes on where it stopped; finished steps are only checked',
            ],
          ],
    see: [
      ...(step ? [`millwright render ${one.machine} ${quoted(step)}`] : []),
      `millwright logs ${one.machine}`,
      `millwright history ${one.machine}`,
    ],
  };
}

const quoted = (text: string): string =>
  /[^\w:./@=-]/.test(text) ? `'${text.replace(/'/g, `'\\''`)}'` : text;

function othersText(run: RunDocument, one: RunMachine): string | undefined {
  const others = run.machines.filter((other) => other !== one);
  if (others.length === 0) return undefined;
  const words = [...new Set(others.map((other) => outcomeWords[other.outcome]))];
  return words
    .map((word) => {
      const names = others
        .filter((other) => outcomeWords[other.outcome] === word)
        .map((other) => other.machine);
      return `${machineList(names)} ${word}.`;
    })
    .join(' ');
}

function sumLine(run: RunDocument, paint: Paint): string {
  const name = `${run.fleet}/${run.environment}`;
  const id = run.run === null ? run.change : `run ${run.run}`;
  const took = run.durationMs === null ? '' : `, ${duration(run.durationMs)}`;
  const unchanged = run.machines.filter((one) => one.outcome === 'aligned');
  if (run.outcome !== null && unchanged.length === run.machines.length && run.machines.length > 0) {
    const steps = unchanged.reduce((sum, one) => sum + (one.detail.counts?.ok ?? 0), 0);
    const proof =
      steps > 0
        ? `${count(steps, 'resource')} ok on ${count(unchanged.length, 'machine')}`
        : count(unchanged.length, 'machine');
    return `${paint.bold(name)}  ${id}  nothing to do: ${proof}${took}`;
  }
  return `${paint.bold(name)}  ${id}  ${run.outcome ?? 'goes on'}: ${tally(run)}${took}`;
}

function tally(run: RunDocument): string {
  const words = [...new Set(run.machines.map((one) => one.outcome))];
  if (words.length === 0) return 'no machines';
  return words
    .map((word) => `${run.machines.filter((one) => one.outcome === word).length} ${outcomeWords[word]}`)
    .join(' · ');
}

/** One line per published port. */
export const urlLines = (urls: readonly PublishedUrl[]): string[] =>
  columns(urls.map((one) => [`${one.machine}:${one.port}`, one.url]));
