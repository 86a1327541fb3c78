import type {
  Around,
  Digest,
  Evidence,
  FailureInfo,
  Gate,
  Probe,
  Vote,
  WindowState,
} from '../model/index.js';
import type { VoteEntry } from '../record/port.js';
import type { MachineTask } from './task.js';

export type { VoteEntry } from '../record/port.js';

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
}

export type VoteVerdict =
  | {
      readonly counts: true;
      readonly policy: Digest;
      /** `SHA256:...` of the key that signed it. */
      readonly key: string;
      /** Store digest of what was signed, with the signature. */
      readonly evidence: Digest;
      /** The gate as plan and policy have it now: by this it is counted. Undefined: they have none of that name. */
      readonly gate?: Gate;
      /** Every approver that the policy knows now: votes of others don't count any more. */
      readonly principals: readonly string[];
    }
  | { readonly counts: false; readonly code: `MW-VOTE-${string}`; readonly why: string };

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

/** One step of a machine's `around`, on the push queue of the site where it is carried out. */
export interface AroundTask {
  /** Store digest of the machine's Target document. */
  readonly target: Digest;
  readonly machine: string;
  readonly step: keyof Around;
  /** Of the machine, by network; the command gets one of them as `ADDRESS`. */
  readonly addresses: Readonly<Record<string, string>>;
}
export interface AroundResult {
  /** Digest of what the command said. */
  readonly evidence: Digest;
  readonly failure?: FailureInfo;
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
