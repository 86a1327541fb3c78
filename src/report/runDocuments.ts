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
  /** Of a run that goes on: those that were reached, open ones first. */
  readonly gates: readonly GateDocument[];
  /** Of all gates, in the order in which they were given. */
  readonly votes: readonly VoteDocument[];
  readonly paused: PauseDocument | null;
  /** Null: the plan has no windows, or the run has ended. */
  readonly window: WindowDocument | null;
  /** Of a run that goes on. */
  readonly groups: readonly GroupDocument[];
}

/** A gate that was reached: `rollout`, `group:web`, `canary:web`. */
export interface GateDocument {
  readonly gate: string;
  readonly state: 'open' | 'approved' | 'rejected' | 'timed out' | 'void';
  readonly since: string;
  /** Null: it waits without one. */
  readonly deadline: string | null;
  /** What follows when nobody answers by the deadline. */
  readonly onTimeout: 'stop' | 'rollback';
  readonly approvals: number;
  readonly votes: readonly VoteDocument[];
  /** Who could still vote. */
  readonly waitsFor: readonly string[];
  /** A plain message answers it. */
  readonly unsigned: boolean;
  /** A pipeline's own approval answers it. */
  readonly external: boolean;
  /** Nobody proves who wrote what is to be agreed to. */
  readonly authorUnverified: boolean;
}

export interface VoteDocument {
  readonly gate: string;
  readonly decision: 'approve' | 'reject' | 'override';
  readonly by: string;
  readonly how: 'signed' | 'unsigned' | 'external' | 'break-glass' | 'timeout';
  readonly reason: string | null;
  /** Of an external one: where it can be read. */
  readonly reference: string | null;
  readonly at: string;
}

export interface PauseDocument {
  /** A person, or `window`. */
  readonly by: string;
  readonly reason: string | null;
  readonly at: string;
}

/** Whether changes may run now. */
export interface WindowDocument {
  readonly open: boolean;
  readonly why: string;
  /** When that changes; null: not within a year. */
  readonly until: string | null;
  readonly startBy: string | null;
  readonly closes: string | null;
  readonly atClose: 'pause' | 'finish' | 'rollback';
}

/** Where one group stands. */
export interface GroupDocument {
  /** Null: machines that are no longer declared. */
  readonly group: string | null;
  readonly state: string;
  readonly machines: number;
  /** Sizes of its batches in order. */
  readonly batches: readonly number[];
  /** Which of them is at work or soaks, from 1. */
  readonly batch: number | null;
  readonly soaksUntil: string | null;
  /** Machines of that batch that failed by `change` or `machine`, and how many may; null: nobody said. */
  readonly failed: number | null;
  readonly maxFailed: number | null;
  readonly reason: string | null;
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
