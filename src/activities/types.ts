import type {
  Change,
  DestroyReportData,
  Digest,
  Evidence,
  FailureInfo,
  Found,
  Head,
  InstanceInfo,
  PlannedMachine,
  Receipt,
  StepCounts,
} from '../model/index.js';
import type { MachineEntry } from '../record/port.js';

/** What every site activity of a machine is given: ids and digests, never content. */
export interface MachineTask {
  readonly changeId: string;
  /** Store digest of the Target document. */
  readonly target: Digest;
  /** Store digest of the bundle's tar. */
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  readonly site: string;
  readonly machine: string;
  /** Instance to work on; for create, the one to make. */
  readonly instance: string;
}

export interface LookResult {
  readonly found: Found;
  readonly head: Head | null;
  readonly hold: string | null;
  readonly debts: readonly string[];
  /** True only when the VM runs, head is the target's bundle, every step checks ok, nothing is owed and all probes pass. */
  readonly aligned: boolean;
  readonly counts?: StepCounts;
  /** Steps that differ, with reasons; full diffs are in `evidence`. */
  readonly differs: readonly {
    readonly step: string;
    readonly reason: string;
  }[];
  readonly unreachable?: FailureInfo;
  readonly evidence?: Digest;
}

export interface ReadyResult {
  readonly bootId: string;
  readonly evidence: Digest;
  readonly signals: readonly Evidence[];
}

export interface ProvisionResult {
  readonly head: Head;
  readonly counts: StepCounts;
  readonly receipts: readonly Receipt[];
  readonly debts: readonly string[];
  readonly failure?: FailureInfo;
  /** Digest of the journal. */
  readonly evidence: Digest;
}

export interface VerifyOutcome {
  readonly checks: readonly Evidence[];
  readonly failure?: FailureInfo;
  readonly evidence: Digest;
}

/** On `mw-site-<site>-vm`. */
export interface VmActivities {
  /** Creates, boots, and returns when the provider says it runs; ready is proved separately. */
  createInstance(task: MachineTask & { replaces?: string }): Promise<InstanceInfo>;
  startInstance(task: MachineTask): Promise<InstanceInfo>;
  /** `unfinished`: undo of a create or boot that this change did not finish. Captures the console first. */
  destroyInstance(task: MachineTask & { unfinished?: boolean }): Promise<DestroyReportData>;
}

/** On `mw-site-<site>-push`. */
export interface PushActivities {
  /** Starts or attaches to run `<changeId>/<machine>/apply/<n>` and follows it to its end. Heartbeats `{step, index, total}`. */
  provision(task: MachineTask & { run: string; expect: Head | null }): Promise<ProvisionResult>;
  /** Tombstones the run, waits until its step has ended. */
  cancelRun(task: MachineTask & { run: string }): Promise<{ ended: boolean }>;
  execCommand(task: ExecTask): Promise<ExecOutcome>;
}

/** On `mw-site-<site>-look`. */
export interface LookActivities {
  look(task: MachineTask & { depth: 'find' | 'check' }): Promise<LookResult>;
  awaitReady(task: MachineTask): Promise<ReadyResult>;
  verifyMachine(task: MachineTask): Promise<VerifyOutcome>;
  inventory(task: { site: string; fleetUid: string }): Promise<{ instances: readonly InstanceInfo[] }>;
}

export interface ExecTask {
  readonly site: string;
  readonly machineId: string;
  readonly machine: string;
  readonly instance: string;
  readonly argv: readonly string[];
  readonly timeoutMs: number;
}
export interface ExecOutcome {
  readonly code: number | null;
  /** Store digests; both are capped at 1 MiB. */
  readonly stdout: Digest;
  readonly stderr: Digest;
  readonly failure?: FailureInfo;
}

/** Local activities of `control`: fast, idempotent look-ups and upserts. */
export interface ControlActivities {
  beginChange(change: Digest): Promise<{ run: number; change: Change }>;
  endChange(input: { changeId: string; outcome: string }): Promise<void>;
  /** Groups with their counts and order, without machines. */
  outline(plan: Digest): Promise<{ groups: readonly OutlineGroup[]; removed: number }>;
  /** At most 500 machines. */
  slice(input: {
    plan: Digest;
    artifacts: Digest;
    group: string | null;
    from: number;
    count: number;
  }): Promise<SliceMachine[]>;
  putMachine(entry: MachineEntry): Promise<void>;
}
export interface OutlineGroup {
  readonly group: string;
  readonly after: readonly string[];
  readonly maxParallel: number;
  readonly machines: number;
}
export interface SliceMachine extends PlannedMachine {
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  /** Existing instance, or undefined when it must be created. */
  readonly instance?: string;
}
