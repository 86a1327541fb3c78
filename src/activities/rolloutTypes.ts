import type { Digest, Evidence, Gate, Probe, Vote, VoteText, WindowState } from '../model/index.js';
import type { MachineTask } from './types.js';

/** What must be agreed to before a plan is carried out: the plan's own gates and those that the policy adds. */
export interface Agreement {
  readonly gates: readonly Gate[];
  /** Digest of the policy file as it was read; undefined: there is none. */
  readonly policy?: Digest;
  /** Principals who may not vote: who started it, and who wrote it where that is known. */
  readonly barred: readonly string[];
  /** Every approver that the policy knows now. */
  readonly principals: readonly string[];
  /** The author is only what the commit says: nothing proves it. */
  readonly authorUnverified: boolean;
}

/** Who may ask for what is decided with the policy as it is at that moment. */
export interface VoteTask {
  /** Store digest of the Change document. */
  readonly change: Digest;
  readonly gate: Gate;
  readonly vote: Vote;
  /** What its signature must be over. */
  readonly text: VoteText;
}

export type VoteVerdict =
  | {
      readonly counts: true;
      readonly policy: Digest;
      /** `SHA256:...` of the key that signed it. */
      readonly key: string;
    }
  | { readonly counts: false; readonly code: `MW-VOTE-${string}`; readonly why: string };

/** A vote as the record keeps it; also those that a plain message or a pipeline gave. */
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
  /** RFC 3339 UTC. */
  readonly at: string;
}

/** The part of `control` that rollouts are governed by. */
export interface GovernActivities {
  agreement(input: { readonly change: Digest }): Promise<Agreement>;
  judgeVote(task: VoteTask): Promise<VoteVerdict>;
  putVote(entry: VoteEntry): Promise<void>;
  /** Whether a plan may be carried out at a moment (RFC 3339 UTC, the workflow's own clock). */
  window(input: { readonly plan: Digest; readonly at: string }): Promise<WindowState>;
  /** Makes the environment's schedules what the plan says. */
  keepReconciled(input: { readonly plan: Digest }): Promise<void>;
}

/** One probe of one machine, on its site's look queue. */
export interface ProbeTask {
  readonly task: MachineTask;
  readonly probe: Probe;
}

export interface ProbeActivities {
  /** A bad answer is a result; fails only where nobody could ask. */
  probe(task: ProbeTask): Promise<Evidence>;
}
