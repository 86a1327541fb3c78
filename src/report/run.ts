import type { MachineOutcome, Outcome } from '../model/index.js';
import { type FailureContext, failureBlock, stateText } from './failure.js';
import { nextAfter, type Typed } from './next.js';
import type { Paint } from './paint.js';
import { answerText, questionBlock, seeAlso } from './question.js';
import type { PublishedUrl, RunDocument, RunMachine } from './runDocuments.js';
import { columns, count, duration } from './text.js';
import { othersText, outcomeText, outcomeWords, wordOf } from './words.js';

/**
 * A run at its end or where it waits: a line per machine, each failure in full, what was answered, URLs, and the sum in
 * one line. `flag`: what commands need to mean this environment, such as ` -e prod`.
 */
export function renderRun(run: RunDocument, paint: Paint, flag = ''): string {
  const typed = { run: String(run.run ?? run.change), flag };
  return [
    ...columns(run.machines.map((one) => machineRow(one, paint))),
    ...failedMachines(run).flatMap((one) => [
      '',
      ...failureBlock(one.detail, failureContext(run, one, typed), paint),
    ]),
    ...run.questions.flatMap((one) => ['', ...questionBlock(one, typed, paint)]),
    ...(run.machines.length > 0 ? [''] : []),
    sumLine(run, paint),
    ...(run.failure
      ? [`${paint.red(run.failure.code)}  ${run.failure.message}`, run.failure.remedy ?? '']
      : []),
    ...(run.answers.length > 0 ? [`Answered  ${run.answers.map(answerText).join(' · ')}`] : []),
    ...urlLines(run.urls),
    ...(run.temporalUrl ? [`Temporal  ${run.temporalUrl}`] : []),
  ].join('\n');
}

/** One that is asked about is told by its question. Why a machine was rolled back is told, too. */
const failedMachines = (run: RunDocument): RunMachine[] =>
  run.machines.filter(
    (one) =>
      one.detail.failure !== undefined && !run.questions.some((question) => question.machine === one.machine),
  );

function machineRow(one: RunMachine, paint: Paint): string[] {
  return [
    `${sign(one.outcome, paint)} ${one.machine}`,
    outcomeText(one.detail),
    one.detail.counts ? stateText(one.detail.counts) : '',
    tookText(one.detail),
  ];
}

function sign(outcome: Outcome, paint: Paint): string {
  if (outcome === 'failed' || outcome === 'unknown' || outcome === 'rollback-failed') return paint.red('✖');
  if (outcome === 'rolled-back-verified') return paint.yellow('↶');
  if (outcome === 'owed' || outcome === 'cancelled' || outcome === 'stopped') return paint.yellow('?');
  if (outcome === 'skipped') return '◌';
  return outcome === 'aligned' ? '=' : paint.green('✔');
}

/** Empty: it was never begun. */
export function tookText(outcome: MachineOutcome): string {
  const ms = tookMs(outcome);
  return ms === undefined ? '' : duration(ms);
}

/** From the first phase's start to the last one's end. */
export function tookMs(outcome: MachineOutcome): number | undefined {
  const starts = outcome.phases.flatMap((phase) => (phase.startedAt ? [Date.parse(phase.startedAt)] : []));
  const ends = outcome.phases.flatMap((phase) => (phase.endedAt ? [Date.parse(phase.endedAt)] : []));
  if (starts.length === 0 || ends.length === 0) return undefined;
  return Math.max(...ends) - Math.min(...starts);
}

function failureContext(run: RunDocument, one: RunMachine, typed: Typed): FailureContext {
  const { failure } = one.detail;
  const others = run.machines.filter((other) => other !== one).map((other) => other.detail);
  const begun = others.filter((other) => wordOf(other) !== outcomeWords.skipped);
  return {
    others: othersText({
      machines: begun,
      notStarted: others.filter((other) => !begun.includes(other)).map((other) => other.machine),
    }),
    debts: one.debts,
    origin: one.origin,
    next: failure ? nextAfter({ ...one, failure }, typed) : [],
    see: seeAlso(one.machine, failure?.step, typed.flag),
  };
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
  return `${paint.bold(name)}  ${id}  ${runText(run)}: ${tally(run)}${took}`;
}

function runText({ outcome, questions }: RunDocument): string {
  if (outcome === null) return questions.length > 0 ? 'waits for you' : 'goes on';
  return outcome in outcomeWords ? outcomeWords[outcome as Outcome] : outcome;
}

function tally(run: RunDocument): string {
  const words = run.machines.map((one) => wordOf(one.detail));
  const ended = [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} ${word}`);
  const left = run.notStarted.length > 0 ? [`${run.notStarted.length} not started`] : [];
  return [...ended, ...left].join(' · ') || 'no machines';
}

/** One line per published port. */
export const urlLines = (urls: readonly PublishedUrl[]): string[] =>
  columns(urls.map((one) => [`${one.machine}:${one.port}`, one.url]));
