import type { HistoryDocument, HistoryEntry } from './documents.js';
import type { Paint } from './paint.js';
import { answerText } from './question.js';
import { columns, duration } from './text.js';

/** What changed a machine, newest first; with an id only that resource's receipts. */
export function renderHistory(history: HistoryDocument, paint: Paint): string {
  const name = `${history.fleet}/${history.environment} ${history.machine}${history.id ? ` ${history.id}` : ''}`;
  if (history.entries.length === 0) return `${paint.bold(name)}\nNothing is recorded.`;
  return [paint.bold(name), ...history.entries.flatMap((entry) => entryLines(entry, history.id, paint))].join(
    '\n',
  );
}

function entryLines(entry: HistoryEntry, id: string | null, paint: Paint): string[] {
  const commit = entry.commit ? ` ${entry.commit.slice(0, 7)}` : '';
  const head = `run ${entry.run}  ${entry.startedAt.slice(0, 16).replace('T', ' ')}Z  ${entry.verb}${entry.of === null ? '' : ` of run ${entry.of}`}${commit} by ${entry.startedBy}: ${entry.outcome}${entry.phase && entry.failure ? ` at ${entry.phase}` : ''}`;
  const failure = entry.failure ? [`    ${paint.red(entry.failure.code)} ${entry.failure.message}`] : [];
  const reason = entry.reason ? [`    ${entry.reason}`] : [];
  const answers = entry.answers.map((one) => `    answered ${one.at.slice(11, 16)}Z: ${answerText(one)}`);
  const painted = entry.failure ? paint.red(head) : head;
  return [painted, ...failure, ...reason, ...answers, ...receiptLines(entry, id)];
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
