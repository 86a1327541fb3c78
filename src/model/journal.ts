/** State of a step in a run on the target. */
export type StepState =
  | 'started'
  | 'ok'
  | 'changed'
  | 'failed'
  | 'interrupted'
  | 'skipped'
  /** A rollback took back what an earlier run did. */
  | 'undone'
  /** A risky step has acted and waits for a new connection to confirm it. */
  | 'armed'
  | 'confirmed'
  /** A reboot was ordered: the machine may be silent for `withinSeconds`, then the run goes on. */
  | 'rebooting'
  /** check only: differs from the contract. */
  | 'differs'
  /** The run waits for the site to carry the step out. */
  | 'needs-site'
  /** One task of a playbook, or one resource of a manifest, that a step carried out. */
  | 'task';

export type TaskState = 'ok' | 'changed' | 'failed' | 'skipped';

/** One line of a run's journal. Order is `seq`, never the clock. */
export interface JournalLine {
  readonly v: 1;
  readonly run: string;
  readonly seq: number;
  readonly bootId: string;
  /** Seconds since boot. */
  readonly uptime: number;
  /** Step id; absent for events of the whole run. */
  readonly step?: string;
  readonly state: StepState | RunState;
  /** Why: what was found, what was done. */
  readonly reason?: string;
  readonly durationMs?: number;
  /** Exit status of the program that failed. */
  readonly exit?: number;
  /** Last lines of output of a failed program, base64 in the journal, decoded here. */
  readonly output?: string;
  /** What the step changed or would change, unified, secrets masked; base64 in the journal, decoded here. */
  readonly diff?: string;
  readonly code?: string;
  readonly debt?: string;
  /** Of `armed`: how long a new connection has to confirm. */
  readonly withinSeconds?: number;
  /** Of `needs-site`: what the site answers to. */
  readonly token?: string;
  /** Of `task`: its name, how it ended, and its `file:line`. */
  readonly task?: string;
  readonly result?: TaskState;
  readonly at?: string;
  /** Hash of the step, on the line that ends it. */
  readonly hash?: string;
  /** Slot name to keyed fingerprint of the value used, on the line that ends a step. */
  readonly fingerprints?: Readonly<Record<string, string>>;
}

/** `run-started | run-ended` frame a run; `owed` and `paid` are debts; `needs-secrets` after a reboot. */
export type RunState =
  | 'run-started'
  | 'run-ended'
  | 'owed'
  | 'paid'
  | 'cancelled'
  | 'stopped'
  | 'needs-secrets';

/** What a target's `head` says: which bundle it was last admitted to, by which run. */
export interface Head {
  readonly generation: number;
  readonly bundle: string;
  readonly run: string;
}

/** Somebody keeps runs off a machine. */
export interface Hold {
  readonly reason: string;
  readonly by?: string;
  /** RFC 3339 UTC; undefined: without an end. */
  readonly until?: string;
}

/** A bundle whose verification passed on the target; the target keeps the last two, newest first. */
export interface VerifiedBundle {
  readonly bundle: string;
  /** Digest of its tar. */
  readonly bytes: string;
  /** Change under which it was verified. */
  readonly change: string;
}

/** Proof of what one step did. */
export interface Receipt {
  readonly step: string;
  readonly hash: string;
  readonly state: Exclude<StepState, 'started' | 'armed' | 'confirmed' | 'rebooting' | 'needs-site' | 'task'>;
  readonly reason?: string;
  readonly durationMs: number;
  /** What it changed, unified, secrets masked. */
  readonly diff?: string;
  /** Slot name to keyed fingerprint of the value used. */
  readonly fingerprints?: Readonly<Record<string, string>>;
}
