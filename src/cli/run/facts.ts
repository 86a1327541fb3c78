import type { Change, FailureInfo, MachineOutcome } from '../../model/index.js';
import type { AnswerEntry, ChangeRow, HistoryRow } from '../../record/port.js';
import type { Held } from '../../report/index.js';
import type { Answered, Question, RolloutResult } from '../../workflows/types.js';
import { governedBy, ungoverned } from './governed.js';
import { lastOf, type Snapshot } from './snapshot.js';

/** What is known of a run, at its end or on the way. */
export interface RunFacts {
  readonly change: Change;
  readonly run: number | null;
  /** null while it goes on. */
  readonly outcome: string | null;
  readonly endedAt: string | null;
  /** Those that have come to an end; of several attempts the last. */
  readonly machines: readonly MachineOutcome[];
  readonly running: readonly string[];
  readonly questions: readonly Question[];
  readonly answers: readonly (Answered | AnswerEntry)[];
  /** Why the run itself could not be done. */
  readonly failure?: FailureInfo;
  readonly governed: Held;
}

export const nothingOpen = { running: [], questions: [], answers: [], governed: ungoverned } as const;

/** A change that has just been handed over. */
export const factsOfStart = (change: Change): RunFacts => ({
  ...nothingOpen,
  change,
  run: null,
  outcome: null,
  endedAt: null,
  machines: [],
});

export const factsOfResult = (change: Change, result: RolloutResult): RunFacts => ({
  ...nothingOpen,
  change,
  run: result.run,
  outcome: result.outcome,
  endedAt: new Date().toISOString(),
  machines: lastOf(result.machines),
  failure: result.failure,
});

export const factsOfRecord = (row: ChangeRow, history: readonly HistoryRow[]): RunFacts => ({
  ...nothingOpen,
  change: row.change,
  run: row.run,
  outcome: row.outcome,
  endedAt: row.endedAt,
  machines: history.map((one) => one.outcome),
});

export const factsOfSnapshot = (change: Change, { progress, groups }: Snapshot): RunFacts => ({
  change: progress.change ?? change,
  run: progress.run ?? null,
  outcome: progress.result?.outcome ?? null,
  endedAt: null,
  machines: groups.flatMap((group) => group.done),
  running: groups.flatMap((group) => group.running),
  questions: progress.questions ?? [],
  answers: progress.answered ?? [],
  governed: governedBy(progress),
});
