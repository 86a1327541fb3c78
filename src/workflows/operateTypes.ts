import type { LookResult, OperateResult, Operation, SweepReport } from '../activities/types.js';
import type { Digest, EnvironmentRef, FailureInfo, InstanceInfo, MachineRef } from '../model/index.js';
import type { ExecMachine } from './lookTypes.js';
import type { Timing } from './timing.js';

export interface OperateMachine extends ExecMachine {
  /** Store digest of the runner, left where none is yet. */
  readonly runner: Digest;
}

export interface OperateInput extends EnvironmentRef {
  readonly ulid: string;
  readonly by: string;
  readonly operation: Operation;
  readonly maxParallel: number;
  readonly machines: readonly OperateMachine[];
  readonly timing?: Partial<Timing>;
}

/** One machine of an operation, as it is handed to the workflow that holds the machine's id meanwhile. */
export interface OperateOneInput extends Omit<OperateInput, 'machines' | 'maxParallel'> {
  readonly machine: OperateMachine;
}

/** What became of it on one machine: a result or a failure. */
export interface Operated {
  readonly machine: string;
  readonly result?: OperateResult;
  readonly failure?: FailureInfo;
}
export interface OperateReport {
  readonly machines: readonly Operated[];
}
/** Answer of the `progress` query of an operation. */
export interface OperateProgress {
  readonly total: number;
  readonly done: readonly Operated[];
}

export interface SweepInput extends EnvironmentRef {
  readonly ulid: string;
  readonly by: string;
  readonly site: string;
  /** Instances to destroy, should they still be orphans; none: only look. */
  readonly remove: readonly string[];
  readonly timing?: Partial<Timing>;
}
export interface SweepResult extends SweepReport {
  readonly site: string;
  /** Machines that nobody owns yet, because somebody works on them right now. */
  readonly busy: readonly string[];
}

export interface InventoryInput extends EnvironmentRef {
  readonly ulid: string;
  readonly by: string;
  readonly site: string;
  readonly timing?: Partial<Timing>;
}
export interface InventoryReport {
  readonly instances: readonly InstanceInfo[];
}

export interface AdoptInput {
  readonly ref: MachineRef;
  readonly by: string;
  /** Store digest of the Change document, verb `adopt`. */
  readonly change: Digest;
  readonly changeId: string;
  readonly group: string;
  readonly site: string;
  readonly target: Digest;
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  readonly instance: string;
  readonly timing?: Partial<Timing>;
}
/** `look`: the machine was taken over as that found it. `failure`: nothing was. */
export interface AdoptReport {
  readonly look?: LookResult;
  readonly failure?: FailureInfo;
}

export interface ForgetInput {
  readonly ref: MachineRef;
  readonly by: string;
  /** Everything of ours on the machine goes first. */
  readonly purge?: OperateMachine;
}
