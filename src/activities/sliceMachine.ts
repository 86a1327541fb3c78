import type { Action, Around, BundleId, Digest, PlannedMachine, PlannedRung } from '../model/index.js';

/** What a machine's workflow is given of its machine. */
export interface SliceMachine extends PlannedMachine {
  readonly action: Action;
  readonly group: string;
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  /** Existing instance, or undefined when it must be created. */
  readonly instance?: string;
  /** What a rollback returns to: verified before this change. */
  readonly verified: BundleId | null;
  /** Digest of its tar, where control knows; the target itself knows, too. */
  readonly verifiedBytes?: Digest;
  readonly rungs: readonly PlannedRung[];
  /** How it is taken out of use; undefined: its group doesn't say. */
  readonly around?: Around;
  /** Why it needn't be taken out of use, in words. */
  readonly unneeded?: string;
  /** Machine at which it was taken out of use before, and is so still. */
  readonly drained?: string;
}
