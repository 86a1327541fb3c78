import type { VoteEntry } from '../activities/types.js';
import type { Gate } from '../model/index.js';

export interface Pause {
  /** A person, or `window`. */
  readonly by: string;
  readonly reason?: string;
  /** RFC 3339 UTC. */
  readonly at: string;
}

export type GateState = 'open' | 'approved' | 'rejected' | 'timed out' | 'void';

/** A gate that was reached. */
export interface GateProgress extends Gate {
  readonly state: GateState;
  /** RFC 3339 UTC. */
  readonly since: string;
  readonly deadline?: string;
  readonly votes: readonly VoteEntry[];
  /** Who could still vote. */
  readonly waitsFor: readonly string[];
  /** Nobody proves who wrote what is to be agreed to. */
  readonly authorUnverified: boolean;
}

/** Argument of `pause`, `resume` and `promote` (skips the soak that is going on). */
export interface ControlRequest {
  readonly by: string;
  readonly reason?: string;
  /** Of `promote`: only this group's soak. */
  readonly group?: string;
}

/** Argument of `limit`: how many machines of a group may be at work at once, from now on. */
export interface LimitRequest {
  readonly by: string;
  readonly group: string;
  readonly maxParallel: number;
}

/** Argument of the update or signal `approve` and `reject`, where a gate takes unsigned or external answers. */
export interface PlainVote {
  /** ULID; the same id again is the same vote. Undefined from a bare `temporal`: made of who and what. */
  readonly id?: string;
  readonly by: string;
  readonly gate: string;
  readonly reason?: string;
  /** Of a pipeline's own approval: where it can be read. */
  readonly reference?: string;
}

export interface StopRequest {
  readonly by: string;
  readonly reason?: string;
}

/**
 * Argument of the updates and signals `retry`, `skip` and `rollback`. Without a machine: retry and skip answer every
 * open question; rollback puts back all that the change touched. `batch`: rollback of the machine's whole batch.
 */
export interface SteerRequest {
  readonly by: string;
  readonly machine?: string;
  readonly batch?: boolean;
  readonly reason?: string;
}
