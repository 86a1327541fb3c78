import { parseJournalLine } from '../bundle/index.js';
import type { JournalLine, MachineRef } from '../model/index.js';
import type { HistoryRow } from '../record/port.js';
import { duration } from '../report/index.js';
import { usageError } from './errors.js';
import type { Stores } from './stores.js';

export interface LogLine {
  readonly schema: 'millwright/log/v1';
  readonly machine: string;
  readonly run: number;
  /** `journal`, `look`, `console`, `ready`, `verify`. */
  readonly source: string;
  readonly text: string;
}

/** Everything that a run left behind of one machine: journals as sentences, console and proofs as they are. */
export async function logLines(
  stores: Stores,
  ref: MachineRef,
  options: { readonly run?: string; readonly step?: string },
): Promise<LogLine[]> {
  const row = await rowOf(stores, ref, options.run);
  if (!row) return [];
  const lines: LogLine[] = [];
  for (const [source, digest] of Object.entries(row.evidence)) {
    const text = Buffer.from(await stores.store.get(digest)).toString('utf8');
    const texts = isJournal(source)
      ? journalTexts(text, options.step)
      : options.step
        ? []
        : evidenceTexts(text);
    for (const one of texts) {
      lines.push({
        schema: 'millwright/log/v1',
        machine: row.machine,
        run: row.run,
        source,
        text: `${row.machine} │ ${source.padEnd(8)} ${one}`,
      });
    }
  }
  return lines;
}

const isJournal = (source: string): boolean => source === 'journal' || source === 'look';

async function rowOf(
  { record }: Stores,
  ref: MachineRef,
  run: string | undefined,
): Promise<HistoryRow | undefined> {
  const rows = await record.history(ref, { limit: run === undefined ? 20 : 1000 });
  if (run === undefined) return rows.find((row) => Object.keys(row.evidence).length > 0) ?? rows[0];
  const found = rows.find((row) => String(row.run) === run || row.changeId === run);
  if (found) return found;
  throw usageError(
    `Run ${run} did nothing on ${ref.machine}.`,
    `millwright history ${ref.machine}`,
    'MW-RUN-NOTFOUND',
  );
}

function journalTexts(text: string, step: string | undefined): string[] {
  return text
    .split('\n')
    .flatMap((line) => parseJournalLine(line) ?? [])
    .filter((line) => step === undefined || line.step === step)
    .flatMap(sentence);
}

function sentence(line: JournalLine): string[] {
  const took = line.durationMs === undefined ? '' : `  ${duration(line.durationMs)}`;
  const exit = line.exit === undefined ? '' : `  exit ${line.exit}`;
  const head = `${line.uptime.toFixed(1).padStart(8)}s  ${line.state.padEnd(11)} ${line.step ?? ''}${taskOf(line)}${line.reason ? `  ${line.reason}` : ''}${exit}${took}`;
  return [
    head,
    ...[line.output, line.diff].flatMap((text) =>
      text
        ? text
            .trimEnd()
            .split('\n')
            .map((one) => `            ${one}`)
        : [],
    ),
  ];
}

/** A task of a playbook, or a resource of a manifest: how it ended, which, and where it is written. */
const taskOf = ({ task, result, at }: JournalLine): string =>
  task === undefined ? '' : `  ${result ?? ''} ${task}${at ? ` (${at})` : ''}`;

/** A document shows its observations, one per line; anything else is text. */
function evidenceTexts(text: string): string[] {
  const end = text.indexOf('\n');
  if (!text.startsWith('millwright.')) return text.trimEnd().split('\n');
  const value: unknown = JSON.parse(text.slice(end + 1));
  if (Array.isArray(value)) return value.map(observation);
  return JSON.stringify(value, null, 2).split('\n');
}

function observation(value: { source?: string; ok?: boolean; value?: string }): string {
  return value.source === undefined
    ? JSON.stringify(value)
    : `${value.ok ? '✔' : '✖'} ${value.source}: ${value.value}`;
}
