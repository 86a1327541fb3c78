import type { FailureInfo } from './failure.js';
import type { RollbackRung } from './plan.js';

/** The phases of a machine's life, in the order in which an apply goes through them. */
export const applyPhases = [
  'look',
  'drain',
  'create',
  'boot',
  'ready',
  'provision',
  'verify',
  'undrain',
  'record',
] as const;
export const destroyPhases = ['look', 'drain', 'destroy', 'record'] as const;
export const rollbackPhases = ['look', 'drain', 'restore', 'verify', 'undrain', 'record'] as const;
export type Phase =
  | (typeof applyPhases)[number]
  | (typeof destroyPhases)[number]
  | (typeof rollbackPhases)[number];

export type PhaseState = 'waiting' | 'running' | 'done' | 'not needed' | 'failed' | 'cancelled';

/** Past-tense fact about one phase; times RFC 3339 UTC. */
export interface PhaseReport {
  readonly phase: Phase;
  readonly state: PhaseState;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** Why it was not needed, or what it found. */
  readonly reason?: string;
}

/**
 * aligned: nothing to do. applied: changed and verified. destroyed: gone. failed: see failure. owed: not done, named
 * (busy, unreachable). cancelled: somebody cancelled. unknown: a run may still be active on the target. running: only in
 * the entry written right after create, so that the instance is known whatever dies later. rolled-back-verified: what was
 * verified before is back and its own verification passed. rollback-failed: a rollback was tried and that can't be said.
 */
export type Outcome =
  | 'running'
  | 'aligned'
  | 'applied'
  | 'destroyed'
  | 'failed'
  | 'owed'
  | 'skipped'
  | 'cancelled'
  | 'stopped'
  | 'unknown'
  | 'rolled-back-verified'
  | 'rollback-failed';

/** What became of one undo; a failed one is somebody's work. */
export interface UndoReport {
  readonly what: string;
  readonly done: boolean;
  readonly failure?: FailureInfo;
}

export interface MachineOutcome {
  readonly machine: string;
  readonly outcome: Outcome;
  readonly phase?: Phase;
  readonly failure?: FailureInfo;
  /** Why owed or skipped, e.g. `busy: machine/… runs change 01J…`. */
  readonly reason?: string;
  readonly counts?: StepCounts;
  readonly phases: readonly PhaseReport[];
  /** In the order in which they ran: the reverse of what was attempted. */
  readonly undo?: readonly UndoReport[];
  /** Which attempt of this change it was, from 1: `retry` makes the next. */
  readonly attempt?: number;
  /** Instance that exists at the end; null: none; undefined: not known. */
  readonly instance?: string | null;
  readonly rollback?: RollbackReport;
  /** Of one that isn't well: the verified bundle that a rollback would return to; null: there is none. */
  readonly returnsTo?: string | null;
  /** Machine at which it was taken out of use, and stays so; undefined: it is in use, or nothing takes it out. */
  readonly drained?: string;
  /** Another instance of it that exists: one made to take its place, or the one whose place it took. */
  readonly beside?: string;
}

/** How a rollback went down its ladder. */
export interface RollbackReport {
  /** Bundle that it returned to; null: there was nothing verified to return to. */
  readonly to: string | null;
  /** Rungs in the order in which they were tried; the last one that is `done` is what holds. */
  readonly rungs: readonly { readonly rung: RollbackRung; readonly done: boolean; readonly why?: string }[];
}

export interface StepCounts {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly interrupted: number;
  /** Steps after the one that ended the run. */
  readonly notReached: number;
}
