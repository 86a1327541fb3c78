import type {
  Base,
  Change,
  Digest,
  EnvironmentRef,
  Hold,
  InstanceInfo,
  MachineOutcome,
  MachineRef,
  Receipt,
} from '../model/index.js';

/** What a machine workflow says of one machine under one change; written by upsert, keyed (changeId, machine). */
export interface MachineEntry {
  readonly ref: MachineRef;
  readonly changeId: string;
  /**
   * When what it tells of was begun, RFC 3339 UTC by Temporal's clock. Of one machine nothing begins before what came
   * ahead of it has ended, so this is the order of entries; absent: the order in which their changes were asked for.
   */
  readonly since?: string;
  readonly site: string;
  readonly group: string;
  readonly outcome: MachineOutcome;
  /** Present after create or look found it; null when destroyed. */
  readonly instance?: InstanceInfo | null;
  /** Bundle this change admitted it to; unchanged when absent. */
  readonly assigned?: string;
  readonly verified?: string;
  readonly receipts: readonly Receipt[];
  /** Handlers owed now; absent when nobody could look: what the record knows stays. */
  readonly debts?: readonly string[];
  /** Store digests of journal, console, verification evidence. */
  readonly evidence: Readonly<Record<string, string>>;
  /** null: nobody holds it; absent: nobody could look. */
  readonly hold?: Hold | null;
  /** Machine at which it was taken out of use; null: it was put back; absent: what the record knows stays. */
  readonly drained?: string | null;
}

/** What a person, or the group's policy, answered to a machine's failure or asked of a run. */
export interface AnswerEntry {
  readonly changeId: string;
  /** Ordinal of the answer in its change, from 1: with the change it is the key. */
  readonly n: number;
  readonly answer: 'retry' | 'skip' | 'rollback' | 'stop';
  /** null: the whole run. */
  readonly machine: string | null;
  readonly by: string;
  readonly reason?: string;
  /** RFC 3339 UTC. */
  readonly at: string;
}

/** What a look at a machine found, compared with the bundle that it was admitted to. */
export interface ScannedMachine {
  readonly machine: string;
  /** `failed`: the check or the verification itself did. `unobserved`: nobody looked, or could. */
  readonly state: 'aligned' | 'drifted' | 'failed' | 'unobserved';
  /** Bundle that it was compared with. */
  readonly assigned?: string;
  readonly steps?: readonly DriftedStep[];
  /** Why it failed, or wasn't observed. */
  readonly reason?: string;
  /** Of a drifted one: why nobody but a person may mend it. */
  readonly unmendable?: string;
}
export interface DriftedStep {
  readonly step: string;
  readonly reason: string;
}

/** A machine as a scan found it: of several the one that looked last counts, and none against what began after it. */
export interface DriftEntry extends ScannedMachine {
  /** ULID of the scan. */
  readonly scan: string;
  /** When it was begun, before anybody asked who works on the machine. RFC 3339 UTC. */
  readonly at: string;
}
export interface DriftRow extends DriftEntry {
  readonly site: string;
  readonly group: string;
  /** Since when it is known to have drifted, also while nobody can look; null: it isn't. */
  readonly since: string | null;
  /** What was found to differ last, also while nobody can look. */
  readonly steps: readonly DriftedStep[];
  /** Its group was once found aligned as a whole. */
  readonly clean: boolean;
}
export type ScanCounts = Readonly<Record<ScannedMachine['state'], number>>;
/** One scan of one site. */
export interface ScanEntry extends EnvironmentRef {
  readonly scan: string;
  readonly site: string;
  readonly mode: 'report' | 'enforce';
  readonly startedAt: string;
  readonly endedAt: string;
  readonly counts: ScanCounts;
  /** Machines that were brought back. */
  readonly mended: number;
  /** ULID of the change that they were mended under; null: none was. */
  readonly change: string | null;
}

/** A vote, also one that a plain message or a pipeline gave. */
export interface VoteEntry {
  readonly changeId: string;
  /** ULID of the vote: with the change it is the key. */
  readonly id: string;
  readonly gate: string;
  readonly decision: 'approve' | 'reject' | 'override';
  readonly by: string;
  readonly how: 'signed' | 'unsigned' | 'external' | 'break-glass' | 'timeout';
  readonly reason?: string;
  /** Of an external one: where it can be read. */
  readonly reference?: string;
  readonly policy?: Digest;
  readonly key?: string;
  /** Store digest of what was signed, with the signature: `millwright.vote.v1`. */
  readonly evidence?: Digest;
  /** RFC 3339 UTC. */
  readonly at: string;
}

export interface ChangeRow {
  readonly change: Change;
  /** Ordinal per environment, given by control: RUN as people type it. */
  readonly run: number;
  readonly outcome: string | null;
  readonly endedAt: string | null;
}

export interface MachineRow {
  readonly ref: MachineRef;
  readonly site: string;
  readonly group: string;
  readonly instance: InstanceInfo | null;
  readonly assigned: string | null;
  readonly verified: string | null;
  readonly lastChange: string;
  readonly lastOutcome: string;
  readonly debts: readonly string[];
  readonly hold: Hold | null;
  /** Machine at which it was taken out of use; null: it wasn't. */
  readonly drained?: string | null;
  /** `forget` gave it up: it exists, and is nobody's business any more. */
  readonly forgotten: boolean;
  readonly updatedAt: string;
}

export interface HistoryRow {
  readonly run: number;
  readonly changeId: string;
  readonly verb: string;
  readonly commit: string | null;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly machine: string;
  /** Its group then; null where an older Millwright wrote it. */
  readonly group: string | null;
  /** Of its last attempt. `instance` is filled in from the entry where the outcome doesn't name it. */
  readonly outcome: MachineOutcome;
  readonly receipts: readonly Receipt[];
  readonly evidence: Readonly<Record<string, string>>;
}

/** Ordinals, machines with their debts, and the last change of each: rows as the schema has them. */
export interface RecordState {
  readonly version: 1;
  readonly rows: Readonly<Record<string, readonly Readonly<Record<string, string | number | null>>[]>>;
}

/**
 * Written by `control` only, each call an idempotent upsert; read by anybody with the URL. Until it is migrated every
 * other call fails MW-RECORD-MIGRATE; a database that can't be reached or read is MW-RECORD-UNAVAILABLE (retryable).
 */
export interface RunRecord {
  /** Gives the change its ordinal; the same change gets the same one. */
  beginChange(change: Change): Promise<{ run: number }>;
  endChange(changeId: string, outcome: string): Promise<void>;
  putMachine(entry: MachineEntry): Promise<void>;
  putAnswer(answer: AnswerEntry): Promise<void>;
  answers(changeId: string): Promise<AnswerEntry[]>;
  /** What was written under its id stays. */
  putVote(vote: VoteEntry): Promise<void>;
  /** In the order in which they were given. */
  votes(changeId: string): Promise<VoteEntry[]>;
  /** No-op for a machine that isn't known; a hold whose end has passed isn't read any more. */
  putHold(ref: MachineRef, hold: Hold | null): Promise<void>;
  /**
   * Gives a machine up; `base` and `machines` no longer name it, `forgotten` does, until a later change or another
   * instance makes it known again.
   */
  forget(ref: MachineRef): Promise<void>;
  forgotten(environment: EnvironmentRef): Promise<string[]>;

  /** An entry that is older than the one before it says nothing. Machines that aren't known are left out. */
  putDrift(environment: EnvironmentRef, entries: readonly DriftEntry[]): Promise<void>;
  /** Of machines that exist; what was begun on them since, and ended well, makes a finding obsolete. */
  drift(environment: EnvironmentRef): Promise<DriftRow[]>;
  /** Remembers those groups of the site of which that scan found every machine aligned. */
  noteClean(
    environment: EnvironmentRef,
    scan: { readonly site: string; readonly scan: string; readonly at: string },
  ): Promise<void>;
  putScan(entry: ScanEntry): Promise<void>;
  /** Newest first. */
  scans(environment: EnvironmentRef, limit: number): Promise<ScanEntry[]>;

  /** Machines that were taken out of use, each with the machine at which that was done. */
  drained(environment: EnvironmentRef): Promise<Readonly<Record<string, string>>>;
  /** Machines that exist. */
  base(environment: EnvironmentRef): Promise<Base>;
  /** Machines that exist or failed to; those that were destroyed are history. */
  machines(environment: EnvironmentRef): Promise<MachineRow[]>;
  /** `run`: ordinal or ULID. */
  change(environment: EnvironmentRef, run: string): Promise<ChangeRow | undefined>;
  changes(environment: EnvironmentRef, limit: number): Promise<ChangeRow[]>;
  /** Newest change of that revision that has ended; those that only look or run a command (check, exec) don't count. */
  lastOfRevision(environment: EnvironmentRef, revision: string): Promise<ChangeRow | undefined>;
  history(ref: MachineRef, options?: { step?: string; limit?: number }): Promise<HistoryRow[]>;
  outcomes(changeId: string): Promise<HistoryRow[]>;
  /** For a backup: JSON of what control must not lose, of one environment or of all. */
  exportState(environment?: EnvironmentRef): Promise<RecordState>;
  /** Brings it back; what is newer here stays. Throws MW-RECORD-STATE where it isn't what `exportState` gave. */
  importState(state: unknown): Promise<void>;
  /** What `doctor --migrate` would run; empty when the schema is current. */
  pendingMigrations(): Promise<string[]>;
  migrate(): Promise<string[]>;
  close(): Promise<void>;
}
