import type { SliceMachine } from '../activities/types.js';
import type {
  Change,
  Digest,
  EnvironmentRef,
  FailureInfo,
  MachineOutcome,
  MachineRef,
  Outcome,
  PhaseReport,
  WindowState,
} from '../model/index.js';
import type { GateProgress, Pause, SteerRequest, StopRequest } from './steerTypes.js';
import type { Timing } from './timing.js';

export type * from './steerTypes.js';

/** What every workflow of one change knows of it. */
export interface ChangeContext extends EnvironmentRef {
  readonly changeId: string;
  readonly revision: Digest;
  readonly startedBy: string;
  /** Of a rollback: the change that it takes back. */
  readonly of?: string;
  /** Only these steps are applied; undefined: all. */
  readonly steps?: readonly string[];
  /** A scheduled scan mends what has drifted: it gives way to everybody else. */
  readonly reconciles?: true;
  /** Only what differs from the defaults. */
  readonly timing?: Partial<Timing>;
}

export interface RolloutInput extends EnvironmentRef {
  /** Store digest of the Change document. */
  readonly change: Digest;
  readonly changeId: string;
  readonly intent: Digest;
  readonly timing?: Partial<Timing>;
}

export type Verb = 'apply' | 'destroy' | 'rollback';

export interface BatchInput {
  readonly context: ChangeContext;
  readonly verb: Verb;
  /** Null: the machines of the plan that are no longer declared. */
  readonly group: string | null;
  readonly plan: Digest;
  readonly artifacts: Digest;
  readonly from: number;
  readonly count: number;
  readonly maxParallel: number;
  /** Whether every machine's outcome is wanted in the result, or only of those that are not well. */
  readonly everyMachine: boolean;
  /** Only these machines of the slice. */
  readonly only?: readonly string[];
  /** Machines whose action is `replace` may lose their instance. */
  readonly allowReplace: boolean;
  /** By machine, for an attempt after the first: what the one before it left. */
  readonly again?: Readonly<Record<string, Again>>;
  /** How many may fail before no further one is begun; undefined: none. */
  readonly maxFailed?: number;
  /** Machines that may exist beside those they replace. */
  readonly surge?: number;
}

/** What a retry or rollback goes on from. */
export interface Again {
  /** Of a retry from 2. */
  readonly attempt: number;
  /** Instance that exists; null: none is left, undefined: not known. */
  readonly instance?: string | null;
  /** Why there is another attempt or a rollback: stays with the outcome. */
  readonly failure?: FailureInfo;
}

export type Counts = Readonly<Partial<Record<Outcome, number>>>;

export interface BatchResult {
  /** Of the machines that were begun. */
  readonly counts: Counts;
  /** Machines that were not begun, because one failed or somebody asked for a stop. */
  readonly left: readonly string[];
  readonly machines: readonly MachineOutcome[];
}

export interface MachineInput {
  readonly ref: MachineRef;
  readonly changeId: string;
  readonly verb: Verb;
  readonly machine: SliceMachine;
  readonly again?: Again;
  /** Of a rollback: the change that it takes back, where that isn't this one. */
  readonly of?: string;
  /** Only these steps are applied; undefined: all. */
  readonly steps?: readonly string[];
  /** More than 0: what replaces it is made beside it, and takes its place once it is verified. */
  readonly surge?: number;
  readonly timing?: Partial<Timing>;
}

/**
 * `rolled-back-verified` and `rollback-failed`: something was put back; the worst of all machines counts. `rejected`: a gate
 * was rejected or nobody answered it in time. `missed`: its window passed, nothing was done. `refused`: outside its window,
 * and not told to wait.
 */
export type RolloutOutcome =
  | 'succeeded'
  | 'failed'
  | 'stopped'
  | 'cancelled'
  | 'rolled-back-verified'
  | 'rollback-failed'
  | 'rejected'
  | 'missed'
  | 'refused';

export interface RolloutResult {
  /** Ordinal of the change in its environment: RUN as people type it. */
  readonly run: number;
  readonly changeId: string;
  readonly outcome: RolloutOutcome;
  readonly counts: Counts;
  /** All machines of a rollout of at most 500; beyond, those that are not well, at most 50 per batch. */
  readonly machines: readonly MachineOutcome[];
  /** Why the rollout itself could not be done, e.g. an unreadable plan. */
  readonly failure?: FailureInfo;
}

/** `asking`, `gated`: nothing of it runs, an open question or gate keeps it. `soaking`: what runs is watched. */
export type GroupState =
  | 'waiting'
  | 'running'
  | 'asking'
  | 'gated'
  | 'soaking'
  | 'done'
  | 'failed'
  | 'skipped';

/** Answer of the `progress` query of rollout and destroy; more about a running batch by its own query. */
export interface RolloutProgress {
  readonly change?: Change;
  readonly run?: number;
  readonly changeId: string;
  readonly intent: Digest;
  readonly stopping?: StopRequest;
  readonly groups: readonly GroupProgress[];
  /** Open now. While there is one, its group starts nothing new. */
  readonly questions: readonly Question[];
  readonly answered: readonly Answered[];
  /** Set while what the change touched is put back. */
  readonly rollingBack?: SteerRequest;
  /** Nothing new starts; what runs comes to its end. */
  readonly paused?: Pause;
  /** Open ones first, then what they were answered with. */
  readonly gates?: readonly GateProgress[];
  /** As last looked at; undefined: the plan has no windows. */
  readonly window?: WindowState;
  readonly result?: RolloutResult;
}

export interface GroupProgress {
  /** Null: machines that are no longer declared. */
  readonly group: string | null;
  readonly after: readonly string[];
  readonly state: GroupState;
  readonly machines: number;
  readonly counts: Counts;
  /** Workflow ids of its batches, in order; those that have been started. */
  readonly batches: readonly string[];
  readonly reason?: string;
  /** Sizes of its batches in order; undefined: one. */
  readonly sizes?: readonly number[];
  /** Index in `sizes` of the one that is at work or soaks. */
  readonly batch?: number;
  /** While it soaks. RFC 3339 UTC. */
  readonly soaksUntil?: string;
  /** How many machines of a batch may fail; of the one at work, if there is one. */
  readonly maxFailed?: number;
  /** How many of the batch at work did, by `change` or `machine`. */
  readonly failed?: number;
  readonly maxParallel?: number;
}

/**
 * Answer of the `progress` query of a batch; `running` are names to ask machine workflows by, but for those that are looked
 * at by an activity of the batch itself.
 */
export interface BatchProgress {
  readonly group: string | null;
  readonly waiting: number;
  readonly running: readonly string[];
  /** Machines that are running, by the id of the batch's activity. */
  readonly looking?: Readonly<Record<string, readonly string[]>>;
  readonly done: readonly MachineOutcome[];
}

/** Answer of the `progress` query of a machine. */
export interface MachineProgress {
  readonly machine: string;
  readonly changeId: string;
  readonly phases: readonly PhaseReport[];
  /** It ends after what it does now. */
  readonly stopping?: StopRequest;
  readonly outcome?: MachineOutcome;
}

export const answers = ['retry', 'skip', 'rollback', 'stop'] as const;
export type Answer = (typeof answers)[number];

/** A machine failed and the rollout waits for a person, without a deadline. */
export interface Question {
  readonly machine: string;
  readonly group: string | null;
  /** RFC 3339 UTC. */
  readonly since: string;
  /** Its last attempt: outcome, phase, failure with cause and evidence, counts. */
  readonly outcome: MachineOutcome;
  readonly attempt: number;
  readonly answers: readonly Answer[];
  /** When it is tried again if nobody answers; RFC 3339 UTC. Undefined: it waits. */
  readonly retriesAt?: string;
}

export interface Answered {
  readonly answer: Answer;
  /** null: the whole run. */
  readonly machine: string | null;
  readonly by: string;
  /** Of a rollback: the machine's whole batch. */
  readonly batch?: boolean;
  readonly reason?: string;
  readonly at: string;
}
