import type { HistoryDocument, HistoryEntry } from './documents.js';
import { voteText } from './gates.js';
import type { Paint } from './paint.js';
import { answerText } from './question.js';
import { machineRanges } from './ranges.js';
import { normalised } from './signatures.js';
import { columns, count, duration, groupedBy } from './text.js';
import { oneLine } from './visible.js';

/** What changed a machine, newest first; with an id only that resource's receipts. */
export function renderHistory(history: HistoryDocument, paint: Paint): string {
  const name = `${history.fleet}/${history.environment} ${history.machine}${history.id ? ` ${history.id}` : ''}`;
  if (history.entries.length === 0) return `${paint.bold(name)}\nNothing is recorded.`;
  return [paint.bold(name), ...history.entries.flatMap((entry) => entryLines(entry, history.id, paint))].join(
    '\n',
  );
}

/** More than these are read a few at a time. */
const [SINGLY, LINES] = [3, 40];

/** Histories of several machines: those alike are told once, those with failures first; what no page holds is counted. */
export function renderHistories(all: readonly HistoryDocument[], paint: Paint): string {
  if (all.length <= SINGLY) return all.map((one) => renderHistory(one, paint)).join('\n');
  const blocks = groupedBy(all, (one) => sameness(one, paint)).sort(
    ([, a], [, b]) => failures(b) - failures(a),
  );
  const lines: string[] = [];
  let left = all.length;
  for (const [, some] of blocks) {
    const block = classLines(some, paint);
    if (lines.length > 0 && lines.length + block.length > LINES) break;
    lines.push(...block);
    left -= some.length;
  }
  const rest = left > 0 ? [`… ${count(left, 'machine')} more: name them, or -o jsonl for all`] : [];
  return [...lines, ...rest].join('\n');
}

function classLines(some: readonly HistoryDocument[], paint: Paint): string[] {
  const [first] = some;
  if (first === undefined) return [];
  if (some.length === 1) return renderHistory(first, paint).split('\n');
  const names = machineRanges(some.map((one) => one.machine));
  return renderHistory({ ...first, machine: `${names}  (${count(some.length, 'machine')})` }, paint).split(
    '\n',
  );
}

/** What is said of it, without how long it took. */
function sameness(history: HistoryDocument, paint: Paint): string {
  const entries = history.entries.map((entry) => ({
    ...entry,
    failure: entry.failure && {
      ...entry.failure,
      message: normalised(entry.failure.message, history.machine),
    },
    reason: entry.reason && normalised(entry.reason, history.machine),
    receipts: entry.receipts.map((one) => ({ ...one, durationMs: 0, reason: one.reason ?? '' })),
  }));
  return renderHistory({ ...history, machine: '', entries }, paint);
}

const failures = (some: readonly HistoryDocument[]): number =>
  some.some((one) => one.entries[0]?.failure != null) ? 1 : 0;

function entryLines(entry: HistoryEntry, id: string | null, paint: Paint): string[] {
  const commit = entry.commit ? ` ${entry.commit.slice(0, 7)}` : '';
  const head = `run ${entry.run}  ${entry.startedAt.slice(0, 16).replace('T', ' ')}Z  ${entry.verb}${entry.of === null ? '' : ` of run ${entry.of}`}${commit} by ${oneLine(entry.startedBy)}: ${entry.outcome}${entry.phase && entry.failure ? ` at ${entry.phase}` : ''}`;
  const failure = entry.failure ? [`    ${paint.red(entry.failure.code)} ${entry.failure.message}`] : [];
  const reason = entry.reason ? [`    ${oneLine(entry.reason)}`] : [];
  const answers = entry.answers.map((one) => `    answered ${one.at.slice(11, 16)}Z: ${answerText(one)}`);
  const votes = entry.votes.map((one) => `    gate ${one.gate} ${one.at.slice(11, 16)}Z: ${voteText(one)}`);
  const painted = entry.failure ? paint.red(head) : head;
  return [painted, ...failure, ...reason, ...votes, ...answers, ...receiptLines(entry, id)];
}

const signs: Readonly<Record<string, string>> = {
  ok: '=',
  changed: '~',
  failed: '✖',
  interrupted: '!',
  skipped: '-',
  undone: '↶',
  differs: '≠',
};

/** Without an id, steps that were found ok are only counted. */
function receiptLines(entry: HistoryEntry, id: string | null): string[] {
  const shown = entry.receipts.filter((one) => id !== null || one.state !== 'ok');
  const ok = entry.receipts.length - shown.length;
  const rows = shown.map((one) => [
    `    ${signs[one.state] ?? '?'} ${one.step}`,
    one.reason ? `${one.state}: ${one.reason}` : one.state,
    duration(one.durationMs),
  ]);
  if (id !== null) return columns(rows).flatMap((row, i) => [row, ...diffLines(shown[i]?.diff)]);
  return [...columns(rows), ...(ok > 0 ? [`    = ${ok} ok`] : [])];
}

const diffLines = (diff = ''): string[] =>
  diff === ''
    ? []
    : diff
        .trimEnd()
        .split('\n')
        .map((line) => `        ${line}`);
