import type {
  DestroyReportData,
  Digest,
  Evidence,
  FailureInfo,
  Found,
  Head,
  Hold,
  InstanceInfo,
  StepCounts,
  VerifiedBundle,
} from '../model/index.js';
import type {
  OperateResult,
  OperateTask,
  SnapshotOrder,
  SnapshotResult,
  SweepReport,
  SweepTask,
} from './operateTypes.js';
import type { ScanActivities } from './reconcileTypes.js';
import type { AroundResult, AroundTask, ProbeActivities } from './rolloutTypes.js';
import type { MachineTask } from './task.js';

export type * from './controlTypes.js';
export type * from './operateTypes.js';
export type * from './reconcileTypes.js';
export type * from './rolloutTypes.js';
export type * from './sliceMachine.js';
export type * from './task.js';

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
  /** Its bundle names no checks, and the target keeps it as verified: there is nothing left to prove. */
  readonly verified?: true;
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

/** `stop` lets the running step finish; `cancel` ends it. Both leave a tombstone for a run that never started. */
export type EndHow = 'stop' | 'cancel';

/** On `mw-site-<site>-push`. */
export interface PushActivities {
  /** Starts or attaches to run `<changeId>/<machine>/apply/<n>` and follows it to its end. Heartbeats a RunProgress. */
  provision(
    task: MachineTask & {
      readonly run: string;
      readonly expect: Head | null;
      /** Only these steps; undefined: all. */
      readonly only?: readonly string[];
      /** Makes it a rollback: what runs of this change did with that tar is taken back before the task's bundle is applied. */
      readonly undo?: { readonly change: string; readonly bytes: Digest };
    },
  ): Promise<ProvisionResult>;
  /** Ends the run and waits until no step of it is active; what it did until then is in the result. */
  endRun(task: MachineTask & { readonly run: string; readonly how: EndHow }): Promise<ProvisionResult>;
  /** Takes a machine out of use at another one, or puts it back. On the queue of that other machine's site. */
  around(task: AroundTask): Promise<AroundResult>;
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
  /** Of a step that the site carries out: the task that is at work. */
  readonly task?: string;
  /** Last journal line seen. */
  readonly seq: number;
  /** Whether the target has accepted the run. */
  readonly started: boolean;
}

/** On `mw-site-<site>-look`. */
export interface LookActivities extends ProbeActivities, ScanActivities {
  look(task: MachineTask & { readonly depth: LookDepth }): Promise<LookResult>;
  /** Looks at several machines; those that are aligned, the others are not told of. Heartbeats a SurveyProgress. */
  survey(tasks: readonly MachineTask[]): Promise<readonly AlignedMachine[]>;
  awaitReady(task: MachineTask & { readonly withinMs: number }): Promise<ReadyResult>;
  /** What passes is noted on the target as verified under the task's change. */
  verifyMachine(task: MachineTask): Promise<VerifyOutcome>;
  inventory(task: {
    readonly site: string;
    readonly fleetUid: string;
  }): Promise<{ instances: readonly InstanceInfo[] }>;
}
/** What is to be told of a machine that is as it should be. */
export interface AlignedMachine {
  readonly machine: string;
  readonly instance: InstanceInfo;
  readonly counts?: StepCounts;
  readonly evidence?: Digest;
}
/** An attempt after the first goes on behind those that were looked at. */
export interface SurveyProgress {
  readonly looked: number;
  readonly aligned: readonly AlignedMachine[];
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
