import type { Evidence, FailureInfo, MachineOutcome, Outcome, PlannedRung, Receipt } from '../model/index.js';

export interface RunDocument {
  readonly schema: 'millwright/run/v1';
  readonly fleet: string;
  readonly environment: string;
  /** Ordinal per environment; null while `control` has not given it. */
  readonly run: number | null;
  readonly change: string;
  readonly verb: string;
  readonly plan: string;
  readonly commit: string | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  /** null while it runs. */
  readonly outcome: string | null;
  readonly machines: readonly RunMachine[];
  readonly urls: readonly PublishedUrl[];
  readonly temporalUrl: string | null;
  readonly exit: number;
  /** Of a rollback: the change (ULID) that it takes back. */
  readonly of: string | null;
  /** Open now. */
  readonly questions: readonly QuestionDocument[];
  readonly answers: readonly AnswerDocument[];
  /** Machines of the plan that a run which goes on hasn't come to yet. */
  readonly notStarted: readonly string[];
  /** Why the run itself could not be done, e.g. an unreadable plan. */
  readonly failure: FailureInfo | null;
}

export const answerWords = ['retry', 'skip', 'rollback', 'stop'] as const;

/** A machine failed, and the run waits for a person without a deadline. */
export interface QuestionDocument {
  readonly machine: string;
  readonly group: string | null;
  readonly since: string;
  /** Which attempt of this run failed, from 1. */
  readonly attempt: number;
  readonly answers: readonly (typeof answerWords)[number][];
  readonly detail: MachineOutcome;
  readonly debts: readonly string[] | null;
  readonly wayBack: WayBack | null;
  readonly origin: string | null;
  /** Machines that this run has changed: what a rollback of the run puts back. */
  readonly touched: readonly string[];
  /** What became of the other machines, in words; null: there are none. */
  readonly others: string | null;
}

export interface AnswerDocument {
  readonly answer: (typeof answerWords)[number];
  /** null: the whole run. */
  readonly machine: string | null;
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
}

/** What a rollback of one machine would return to, and how. */
export interface WayBack {
  /** Id of the bundle verified before; null: there was none. */
  readonly bundle: string | null;
  /** Commit it was verified at, where the record knows. */
  readonly commit: string | null;
  readonly rungs: readonly PlannedRung[];
}

export interface RunMachine {
  readonly machine: string;
  readonly group: string | null;
  readonly outcome: Outcome;
  readonly detail: MachineOutcome;
  readonly receipts: readonly Receipt[];
  /** Checks that verification or readiness made, when known. */
  readonly evidence: readonly Evidence[];
  /** Handlers owed after this run; null: another run has been there since, or nobody could look. */
  readonly debts: readonly string[] | null;
  /** Of a failed machine, as far as it can still be told. */
  readonly wayBack: WayBack | null;
  /** Where the failed step was written, such as `files/shop.conf:5`; null: not known, or the files are others now. */
  readonly origin: string | null;
}

export interface PublishedUrl {
  readonly machine: string;
  readonly port: number;
  readonly url: string;
}
