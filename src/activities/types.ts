import type {
  Action,
  BundleId,
  Change,
  DestroyReportData,
  Digest,
  EnvironmentRef,
  Evidence,
  FailureInfo,
  FailurePolicy,
  Found,
  Head,
  Hold,
  InstanceInfo,
  MachineRef,
  Outcome,
  PlannedMachine,
  PlannedRung,
  StepCounts,
  VerifiedBundle,
} from '../model/index.js';
import type { SnapshotInfo } from '../providers/port.js';
import type { AnswerEntry, MachineEntry } from '../record/port.js';

/** What a workflow says of its machine; control adds the receipts, read from the journal in the store. */
export type MachineNote = Omit<MachineEntry, 'receipts'>;

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
  /**
   * Another bundle than the target document's: a rollback's. Its steps, verification and slots are then read from the
   * store by this id; `bundleBytes` is the digest of its tar.
   */
  readonly bundle?: BundleId;
}

export interface LookResult {
  readonly found: Found;
  readonly head: Head | null;
  readonly hold: Hold | null;
  /** What the target says it verified, newest first; empty where nobody got in. */
  readonly verified: readonly VerifiedBundle[];
  /** null: nobody got in to look. */
  readonly debts: readonly string[] | null;
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
  /** Head of the target, read in the same round trip; null where no run was ever accepted. */
  readonly head: Head | null;
}

export interface ProvisionResult {
  readonly head: Head | null;
  readonly counts: StepCounts;
  /** null: nobody got in to look. */
  readonly debts: readonly string[] | null;
  /** Set when something about the instance was changed at its provider. */
  readonly instance?: InstanceInfo;
  readonly failure?: FailureInfo;
  /** Somebody ended the run before its last step. */
  readonly ended?: 'stopped' | 'cancelled';
  /** Digest of the journal; receipts are read from it. */
  readonly evidence: Digest;
}

export interface VerifyOutcome {
  readonly checks: readonly Evidence[];
  readonly failure?: FailureInfo;
  readonly evidence: Digest;
}

export interface DestroyResult extends DestroyReportData {
  /** Digest of the console, captured before anything was removed. */
  readonly console?: Digest;
}

/** On `mw-site-<site>-vm`. */
export interface VmActivities {
  /** Creates, boots, and returns when the provider says it runs; ready is proved separately. */
  createInstance(task: MachineTask & { readonly replaces?: string }): Promise<InstanceInfo>;
  startInstance(task: MachineTask): Promise<InstanceInfo>;
  /** Power cycle into the target document's shape; no-op when it has it and runs. */
  reshapeInstance(task: MachineTask): Promise<InstanceInfo>;
  /** `restore` puts the guest's clock right again, too. All three may be called again. */
  snapshotInstance(task: MachineTask & SnapshotOrder): Promise<SnapshotResult>;
  /** What a person asked of one machine: power, snapshots, console. */
  operate(task: OperateTask): Promise<OperateResult>;
  /** Compares what the site has with what control knows; destroys orphans where told to, never anything else. */
  sweep(task: SweepTask): Promise<SweepReport>;
  /** `unfinished`: undo of a create or boot that this change did not finish. Captures the console first. */
  destroyInstance(task: MachineTask & { readonly unfinished?: boolean }): Promise<DestroyResult>;
}

export interface SnapshotOrder {
  readonly name: string;
  readonly order: 'take' | 'restore' | 'delete';
}
export interface SnapshotResult {
  readonly instance?: InstanceInfo;
  /** False: restore or delete found none of that name. */
  readonly existed: boolean;
}

export type Operation =
  | { readonly kind: 'power'; readonly order: 'on' | 'off' | 'reboot' | 'reset' }
  | { readonly kind: 'snapshot'; readonly order: 'create' | 'restore' | 'delete'; readonly name: string }
  | { readonly kind: 'snapshots' }
  | { readonly kind: 'console'; readonly bytes: number }
  /** `until`: RFC 3339 UTC. */
  | { readonly kind: 'hold'; readonly reason: string; readonly by: string; readonly until?: string }
  | { readonly kind: 'release' };

export interface OperateTask {
  readonly site: string;
  /** Store digest of the machine's Target document. */
  readonly target: Digest;
  readonly machine: string;
  readonly instance: string;
  /** Runner to leave where none is yet. */
  readonly runner: Digest;
  readonly operation: Operation;
}
export interface OperateResult {
  /** One sentence: what was done or found. */
  readonly said: string;
  readonly instance?: InstanceInfo;
  readonly snapshots?: readonly SnapshotInfo[];
  /** Store digest of the console's end. */
  readonly console?: Digest;
  readonly hold?: Hold | null;
}

export interface SweepTask {
  readonly site: string;
  readonly fleetUid: string;
  readonly environment: string;
  /** What control says exists here: machine to instance. */
  readonly known: Readonly<Record<string, string>>;
  /** Machines that somebody works on right now, or that were given up by `forget`: never orphans. */
  readonly spared: readonly string[];
  readonly remove: boolean;
  /** Instances that a person agreed to lose: with `remove`, no other orphan is destroyed. Absent: any may be. */
  readonly only?: readonly string[];
}
/** owned: known. orphan: of this environment, known to nobody. foreign: of others. missing: known, and not there. */
export interface SweepReport {
  readonly owned: readonly string[];
  readonly orphans: readonly SweptOrphan[];
  readonly foreign: readonly string[];
  readonly missing: readonly string[];
  /** Known to nobody, and left alone because the task spared their machines. */
  readonly spared?: readonly string[];
}
export interface SweptOrphan {
  readonly instance: string;
  readonly machine: string;
  readonly power: InstanceInfo['power'];
  readonly protect: boolean;
  readonly removed: boolean;
  /** Why it was left although removal was asked for. */
  readonly why?: string;
  /** Store digest of its console, captured before it was destroyed. */
  readonly console?: Digest;
}

/** `stop` lets the running step finish; `cancel` ends it. Both leave a tombstone for a run that never started. */
export type EndHow = 'stop' | 'cancel';

/** On `mw-site-<site>-push`. */
export interface PushActivities {
  /** Starts or attaches to run `<changeId>/<machine>/apply/<n>` and follows it to its end. Heartbeats a RunProgress. */
  provision(
    task: MachineTask & {
      readonly run: string;
      readonly expect: Head | null;
      /** Makes it a rollback: what runs of this change did with that tar is taken back before the task's bundle is applied. */
      readonly undo?: { readonly change: string; readonly bytes: Digest };
    },
  ): Promise<ProvisionResult>;
  /** Ends the run and waits until no step of it is active; what it did until then is in the result. */
  endRun(task: MachineTask & { readonly run: string; readonly how: EndHow }): Promise<ProvisionResult>;
  execCommand(task: ExecTask): Promise<ExecOutcome>;
  /** hold and release, on the machine itself. */
  operate(task: OperateTask): Promise<OperateResult>;
}

/** Heartbeat details of `provision`; a hint for whoever watches or resumes, the target's journal is the truth. */
export interface RunProgress {
  readonly step: string;
  /** 1-based. */
  readonly index: number;
  readonly total: number;
  /** Last journal line seen. */
  readonly seq: number;
  /** Whether the target has accepted the run. */
  readonly started: boolean;
}

/** On `mw-site-<site>-look`. */
export interface LookActivities {
  look(task: MachineTask & { readonly depth: LookDepth }): Promise<LookResult>;
  awaitReady(task: MachineTask & { readonly withinMs: number }): Promise<ReadyResult>;
  /** What passes is noted on the target as verified under the task's change. */
  verifyMachine(task: MachineTask): Promise<VerifyOutcome>;
  inventory(task: {
    readonly site: string;
    readonly fleetUid: string;
  }): Promise<{ instances: readonly InstanceInfo[] }>;
}
/**
 * find: at the provider only. status: also what the target says of itself. check: compared with its contract where that
 * is the one it was admitted to; another one differs by itself; an aligned one is noted on the target as verified.
 * preview: compared in any case, for which the runner and bundle are uploaded.
 */
export type LookDepth = 'find' | 'status' | 'check' | 'preview';

export interface ExecTask {
  readonly site: string;
  /** Store digest of the machine's Target document. */
  readonly target: Digest;
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
  endChange(input: { readonly changeId: string; readonly outcome: string }): Promise<void>;
  /** Groups with their counts and order, without machines. */
  outline(plan: Digest): Promise<{ groups: readonly OutlineGroup[]; removed: number }>;
  /** At most 500 machines; `group: null` are the removed ones. */
  slice(input: SliceInput): Promise<SliceMachine[]>;
  putMachine(note: MachineNote): Promise<void>;
  /** Machines of a change as the record has them, in the order of their names. */
  outcomes(input: { readonly changeId: string }): Promise<readonly RecordedOutcome[]>;
  /** Who answered what, for the record. */
  putAnswer(answer: AnswerEntry): Promise<void>;
  /** What the machine itself says about being held. */
  putHold(input: { readonly ref: MachineRef; readonly hold: Hold | null }): Promise<void>;
  /** From now on nobody manages this machine. */
  forget(ref: MachineRef): Promise<void>;
  /** What the record says exists at a site: a sweep compares the site with it. */
  census(input: EnvironmentRef & { readonly site: string }): Promise<Census>;
  /** Whether this record has ever begun that change. */
  knowsChange(input: EnvironmentRef & { readonly changeId: string }): Promise<boolean>;
  /** Who runs under a workflow id; `running: false` when it has closed meanwhile. */
  holder(workflowId: string): Promise<Holder>;
  /** Stores a document for whoever asked, e.g. the results of a look. */
  putDocument(input: { readonly domain: string; readonly value: unknown }): Promise<Digest>;
}
export interface Census {
  /** Machine to instance. */
  readonly known: Readonly<Record<string, string>>;
  /** Machines that were given up. */
  readonly forgotten: readonly string[];
}
export interface RecordedOutcome {
  readonly machine: string;
  readonly group: string;
  readonly outcome: Outcome;
  /** Instance that exists at the end, null when there is none; undefined: not known. */
  readonly instance?: string | null;
  readonly attempt?: number;
}
export interface SliceInput {
  readonly plan: Digest;
  readonly artifacts: Digest;
  readonly group: string | null;
  readonly from: number;
  readonly count: number;
}
export interface Holder {
  readonly running: boolean;
  readonly changeId?: string;
  readonly startedBy?: string;
}
export interface OutlineGroup {
  readonly group: string;
  readonly after: readonly string[];
  readonly maxParallel: number;
  readonly onFailure: FailurePolicy;
  readonly machines: number;
}
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
}
