import type { ExecOutcome, LookDepth, LookResult } from '../activities/types.js';
import type { BundleId, Digest, EnvironmentRef, FailureInfo } from '../model/index.js';
import type { Timing } from './timing.js';
import type { ChangeContext } from './types.js';

export interface LookInput {
  readonly context: ChangeContext;
  /** Names this look: `look/<fleetUid>/<env>/<ulid>`. */
  readonly ulid: string;
  readonly plan: Digest;
  readonly artifacts: Digest;
  readonly depth: LookDepth;
  readonly maxParallel: number;
}
export interface LookSliceInput extends LookInput {
  readonly group: string;
  readonly from: number;
  readonly count: number;
}
/** At most 500 machines: one workflow's history. */
export interface CheckInput {
  readonly context: ChangeContext;
  /** Names this check: `look/<fleetUid>/<env>/<ulid>`. */
  readonly ulid: string;
  readonly maxParallel: number;
  readonly machines: readonly CheckMachine[];
}
export interface CheckMachine extends Omit<ExecMachine, 'instance'> {
  /** Undefined: the one that the change would make. */
  readonly instance?: string;
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  /** What to compare with, where that isn't the target document's. */
  readonly bundle?: BundleId;
}
/** Answer of the `progress` query of a check. */
export interface CheckProgress {
  readonly total: number;
  readonly done: number;
}
/** Stored under `millwright.looks.v1`: one per at most 500 machines. */
export interface LookedMachine {
  readonly machine: string;
  readonly look?: LookResult;
  readonly failure?: FailureInfo;
}
export interface LookReport {
  /** Store digests of LookedMachine lists. */
  readonly results: readonly Digest[];
  readonly aligned: number;
  readonly differs: number;
  readonly unreachable: number;
}

export interface ExecInput extends EnvironmentRef {
  readonly ulid: string;
  readonly by: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
  readonly maxParallel: number;
  readonly machines: readonly ExecMachine[];
  readonly timing?: Partial<Timing>;
}
/** `target`: store digest of the machine's Target document. */
export interface ExecMachine {
  readonly machine: string;
  readonly site: string;
  readonly instance: string;
  readonly target: Digest;
}
export interface ExecReport {
  readonly machines: readonly (Partial<ExecOutcome> & { readonly machine: string })[];
}
/** Answer of the `progress` query of an exec. */
export interface ExecProgress {
  readonly total: number;
  readonly done: ExecReport['machines'];
}
