import type { Digest, EnvironmentRef } from '../model/index.js';
import type { ScanCounts, ScanEntry, ScannedMachine } from '../record/port.js';
import type { SliceMachine } from './sliceMachine.js';

export type { DriftedStep, ScannedMachine } from '../record/port.js';

/** One scan of one site: `scan` is its ULID. */
export interface ScanRef extends EnvironmentRef {
  readonly site: string;
  readonly scan: string;
}

export interface ScanPageInput extends EnvironmentRef {
  readonly site: string;
  /** Machines behind this one, by name; undefined: from the first. */
  readonly after?: string;
  readonly count: number;
}
/** Machines of a site to be looked at. */
export interface ScanPage {
  /** Store digest of the MachineTasks of `machines`; undefined: there is none to look at. */
  readonly tasks?: Digest;
  readonly machines: readonly string[];
  /** Machines that nobody looks at now, with the reason. */
  readonly apart: readonly ScannedMachine[];
  /** Last machine of the page, where there are more behind it. */
  readonly next?: string;
}

export interface DriftedMachine {
  readonly machine: string;
  readonly steps: readonly string[];
  /** Its group was once found aligned as a whole. */
  readonly clean: boolean;
  /** Why nobody but a person may mend it. */
  readonly unmendable?: string;
}
export interface ScanJudgement {
  readonly counts: ScanCounts;
  readonly drifted: readonly DriftedMachine[];
}

export interface AdmitInput extends EnvironmentRef {
  readonly site: string;
  readonly changeId: string;
  /** RFC 3339 UTC. */
  readonly at: string;
  readonly machines: readonly DriftedMachine[];
  /** How many may be mended at most. */
  readonly limit: number;
}
/** `machines` are mended under the change. */
export interface Admitted {
  /**
   * The change is in the record, also where an attempt before this one put it there: somebody has to end it. An answer that
   * is older than this does not say so: its machines do.
   */
  readonly begun?: boolean;
  readonly machines: readonly SliceMachine[];
  /** At most 50 of them. */
  readonly refused: readonly RefusedMachine[];
  /** Why nothing may be changed now: a window is closed, or a freeze is on. */
  readonly closed?: string;
}
export interface RefusedMachine {
  readonly machine: string;
  readonly reason: string;
}

/** The part of `control` that reconciles. */
export interface ReconcileActivities {
  scanPage(input: ScanPageInput): Promise<ScanPage>;
  /** `at`: before anybody asked who works on them. What began on a machine later is believed instead. */
  putScanned(
    input: ScanRef & { readonly at: string; readonly machines: readonly ScannedMachine[] },
  ): Promise<void>;
  /** Counts what was found, and remembers groups that were found aligned as a whole. */
  closeScan(input: ScanRef & { readonly at: string }): Promise<ScanJudgement>;
  /** Begins the change under which machines are brought back to what they were admitted to. */
  admitMend(input: AdmitInput): Promise<Admitted>;
  /** Takes over what a person's check found. `check`: its ULID; `results`: store digest of what it looked at. */
  putLooked(
    input: EnvironmentRef & { readonly check: string; readonly at: string; readonly results: Digest },
  ): Promise<void>;
  endScan(entry: ScanEntry): Promise<void>;
}

/** Several machines of one site, on its look queue: `count` of the tasks behind the digest. Heartbeats a ScanProgress. */
export interface ScanTask {
  readonly site: string;
  /** Store digest of MachineTasks. */
  readonly tasks: Digest;
  readonly from: number;
  readonly count: number;
}
/** An attempt after the first goes on behind those that were looked at. */
export interface ScanProgress {
  readonly found: readonly ScannedMachine[];
}
export interface ScanActivities {
  /** Compares machines with what they were admitted to; every one has an answer, whatever is wrong with it. */
  scan(task: ScanTask): Promise<readonly ScannedMachine[]>;
}

/** A schedule that looks for drift at one site. */
export interface ScheduleSpec extends EnvironmentRef {
  readonly site: string;
  readonly everyMs: number;
  readonly mode: 'report' | 'enforce';
  readonly maxMachines: number;
  /** Who it is from: the manifest keeps its own as it says, and leaves those of people alone. */
  readonly origin: 'manifest' | 'person';
}

/** Schedules of Temporal, as far as `control` needs them. */
export interface Schedules {
  /** Sites that have one; one that was made a moment ago may be missing. */
  sites(environment: EnvironmentRef): Promise<readonly string[]>;
  find(environment: EnvironmentRef, site: string): Promise<ScheduleSpec | undefined>;
  /** Makes or updates the one of that site; one that is paused stays so. */
  put(spec: ScheduleSpec): Promise<void>;
  /** No-op where there is none. */
  remove(environment: EnvironmentRef, site: string): Promise<void>;
}
