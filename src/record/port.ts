import type {
  Base,
  Change,
  EnvironmentRef,
  InstanceInfo,
  MachineOutcome,
  MachineRef,
  Receipt,
} from '../model/index.js';

/** What a machine workflow says of one machine under one change; written by upsert, keyed (changeId, machine). */
export interface MachineEntry {
  readonly ref: MachineRef;
  readonly changeId: string;
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
  readonly outcome: MachineOutcome;
  readonly receipts: readonly Receipt[];
  readonly evidence: Readonly<Record<string, string>>;
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

  /** Machines that exist. */
  base(environment: EnvironmentRef): Promise<Base>;
  /** Machines that exist or failed to; those that were destroyed are history. */
  machines(environment: EnvironmentRef): Promise<MachineRow[]>;
  /** `run`: ordinal or ULID. */
  change(environment: EnvironmentRef, run: string): Promise<ChangeRow | undefined>;
  changes(environment: EnvironmentRef, limit: number): Promise<ChangeRow[]>;
  history(ref: MachineRef, options?: { step?: string; limit?: number }): Promise<HistoryRow[]>;
  outcomes(changeId: string): Promise<HistoryRow[]>;
  /** What `doctor --migrate` would run; empty when the schema is current. */
  pendingMigrations(): Promise<string[]>;
  migrate(): Promise<string[]>;
  close(): Promise<void>;
}
