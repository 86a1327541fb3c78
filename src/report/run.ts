import type { Outcome } from '../model/index.js';
import { atMost } from './classes.js';
import { voteText } from './gates.js';
import { heldLines, openGates } from './held.js';
import type { Paint } from './paint.js';
import { answerText, questionBlocks } from './question.js';
import type { PublishedUrl, RunDocument, VoteDocument } from './runDocuments.js';
import { failureBlocks, machineTable } from './runMachines.js';
import { columns, count, duration } from './text.js';
import { outcomeWords, wordOf } from './words.js';

/** More are counted. */
const [VOTES, URLS] = [8, 8];

/**
 * A run at its end or where it waits: a line per machine or, of many, per class; each kind of failure in full, what holds it
 * back, what was answered, URLs, and the sum in one line. `flag`: what commands need to mean this environment, such as
 * ` -e prod`.
 */
export function renderRun(run: RunDocument, paint: Paint, flag = '', now = endOf(run)): string {
  const typed = { run: String(run.run ?? run.change), flag };
  const held = run.outcome === null ? heldLines(run, typed, now, paint) : [];
  return [
    ...machineTable(run.machines, paint),
    ...failureBlocks(run, typed, paint),
    ...questionBlocks(run.questions, typed, paint),
    ...(run.machines.length > 0 ? [''] : []),
    sumLine(run, paint),
    ...(run.failure
      ? [`${paint.red(run.failure.code)}  ${run.failure.message}`, run.failure.remedy ?? '']
      : []),
    ...held,
    ...(run.answers.length > 0 ? [`Answered  ${run.answers.map(answerText).join(' · ')}`] : []),
    ...votesLines(run.votes),
    ...urlLines(run.urls),
    ...(run.temporalUrl ? [`Temporal  ${run.temporalUrl}`] : []),
  ].join('\n');
}

const endOf = ({ endedAt, startedAt }: RunDocument): number => Date.parse(endedAt ?? startedAt);

const votesLines = (votes: readonly VoteDocument[]): string[] =>
  atMost(
    votes,
    VOTES,
    (one) => [`Gate      ${one.gate}: ${voteText(one)}`],
    (left) => `          ${count(left.length, 'vote')} more`,
  );

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

function runText({ outcome, questions, gates, paused, window }: RunDocument): string {
  if (outcome === null) {
    if (questions.length > 0 || openGates(gates).length > 0) return 'waits for you';
    if (paused !== null) return 'is paused';
    return window?.open === false ? 'waits for its window' : 'goes on';
  }
  return outcome in outcomeWords ? outcomeWords[outcome as Outcome] : (endings[outcome] ?? outcome);
}

/** Ends of a run that none of its machines has. */
export const endings: Readonly<Record<string, string>> = {
  rejected: 'rejected at a gate',
  missed: 'missed its window',
  refused: 'refused outside its window',
};

function tally(run: RunDocument): string {
  const words = run.machines.map((one) => wordOf(one.detail));
  const ended = [...new Set(words)].map((word) => `${words.filter((one) => one === word).length} ${word}`);
  const left = run.notStarted.length > 0 ? [`${run.notStarted.length} not started`] : [];
  return [...ended, ...left].join(' · ') || 'no machines';
}

/** One line per published port. */
export const urlLines = (urls: readonly PublishedUrl[]): string[] =>
  atMost(
    columns(urls.map((one) => [`${one.machine}:${one.port}`, one.url])),
    URLS,
    (line) => [line],
    (left) => `… ${count(left.length, 'URL')} more`,
  );
