import type {
  Cause,
  FailureCode,
  FailureInfo,
  JournalLine,
  Receipt,
  StepCounts,
  StepState,
} from '../model/index.js';

const judged: ReadonlySet<string> = new Set(['ok', 'changed', 'failed', 'interrupted', 'skipped', 'differs']);

const isFinal = (line: JournalLine): boolean =>
  line.step !== undefined && (judged.has(line.state) || line.state === 'undone');

/** The last word on each step, in order of their first end. A resumed run may have judged a step twice. */
function lastWords(journal: readonly JournalLine[]): readonly JournalLine[] {
  const byStep = new Map<string, JournalLine>();
  for (const line of journal) {
    if (!isFinal(line)) continue;
    const step = line.step as string;
    byStep.set(step, keepChange(byStep.get(step), line));
  }
  return [...byStep.values()];
}

/** A step that changed, or was undone, and checks `ok` after it (in a resumed run, in a rollback) did change in this run. */
function keepChange(before: JournalLine | undefined, line: JournalLine): JournalLine {
  const acted = before?.state === 'changed' || before?.state === 'undone';
  return acted && line.state === 'ok' ? before : line;
}

/** One receipt per step that came to an end. */
export function journalToReceipts(journal: readonly JournalLine[]): Receipt[] {
  return lastWords(journal).map((line) => ({
    step: line.step as string,
    hash: line.hash ?? '',
    state: line.state as Receipt['state'],
    ...(line.reason === undefined ? {} : { reason: line.reason }),
    durationMs: line.durationMs ?? 0,
    ...(line.diff === undefined ? {} : { diff: line.diff }),
    ...(line.fingerprints === undefined ? {} : { fingerprints: line.fingerprints }),
  }));
}

/**
 * `steps`: all step ids of the bundle; a paid debt makes its service step `changed`. What a rollback took back did change,
 * also where the bundle knows no such step; it is reached when the bundle's own step is.
 */
export function journalCounts(journal: readonly JournalLine[], steps: readonly string[]): StepCounts {
  const words = lastWords(journal);
  const paid = new Set(journal.filter((line) => line.state === 'paid').map((line) => line.step));
  const state = (line: JournalLine): string =>
    line.state === 'ok' && paid.has(line.step) ? 'changed' : line.state;
  const count = (wanted: StepState): number => words.filter((line) => state(line) === wanted).length;
  const reached = new Set(journal.filter(({ state }) => judged.has(state)).map((line) => line.step));
  return {
    ok: count('ok'),
    changed: count('changed') + count('differs') + count('undone'),
    failed: count('failed'),
    skipped: count('skipped'),
    interrupted: count('interrupted'),
    notReached: steps.filter((step) => !reached.has(step)).length,
  };
}

/** How a run ended: the reason of its last `run-ended`; undefined while it goes on or after it died. */
export type RunEnd = 'ok' | 'failed' | 'cancelled' | 'stopped' | 'needs-secrets';

export function journalEnd(journal: readonly JournalLine[]): RunEnd | undefined {
  const last = journal.at(-1);
  return last?.state === 'run-ended' ? (last.reason as RunEnd) : undefined;
}

/** Why the run failed, in the terms of `cli.md`; undefined if nothing did. */
export function journalFailure(journal: readonly JournalLine[]): FailureInfo | undefined {
  const line = journal.findLast(
    ({ state }) => state === 'failed' || state === 'interrupted' || state === 'needs-secrets',
  );
  if (line === undefined || journalEnd(journal) === 'ok') return undefined;
  const code = (line.code ?? 'MW-CHANGE-COMMAND') as FailureCode;
  const output = line.output?.split('\n').filter((text) => text !== '');
  return {
    code,
    cause: causeOf(code),
    message: line.reason ?? code,
    ...(line.step === undefined ? {} : { step: line.step }),
    ...(output === undefined ? {} : { detail: output }),
  };
}

function causeOf(code: FailureCode): Cause {
  if (/^MW-(CHANGE-|SERVICE-|VERIFY-|ROLLBACK-|STEP-UNCONFIRMED$|STEP-NODEADMAN$|STEP-TIMEOUT$)/.test(code))
    return 'change';
  if (code === 'MW-ANSIBLE-UNREACHABLE') return 'unreachable';
  return /^MW-(RUN|ANSIBLE)-/.test(code) ? 'infrastructure' : 'machine';
}
