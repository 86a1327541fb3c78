import type { Freeze, Gate, Reconcile, Window } from '../model/index.js';
import type { WindowDocument } from './runDocuments.js';

/** When and with whose consent a plan would be carried out, as the manifest says, and the policy where its file is at hand. */
export interface PlanRules {
  /** In the order in which a rollout meets them. */
  readonly gates: readonly PlanGate[];
  readonly windows: readonly Window[];
  readonly freezes: readonly Freeze[];
  /** Whether changes may run now; null: nothing says when they may. */
  readonly window: WindowDocument | null;
  /** Machines of the whole rollout that may fail; null: what its batches may. */
  readonly maxFailed: number | null;
  readonly reconcile: Reconcile | null;
}

export interface PlanGate extends Omit<Gate, 'timeoutMs'> {
  /** Null: it waits without a deadline. */
  readonly timeoutMs: number | null;
}

export interface PlanGroup {
  readonly group: string;
  readonly after: readonly string[];
  readonly machines: number;
  readonly maxParallel: number;
  /** Null: all machines in one batch, none of which may fail. */
  readonly strategy: PlanStrategy | null;
}

/** How a change spreads over one group. */
export interface PlanStrategy {
  /** Sizes of the batches in their order. */
  readonly batches: readonly number[];
  readonly soakMs: number;
  /** Machines of a batch after the first that may fail. */
  readonly maxFailed: number;
  readonly surge: number;
  /** Names of what is watched while a batch soaks. */
  readonly watch: readonly string[];
}
