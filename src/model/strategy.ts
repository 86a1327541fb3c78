/** How a change spreads over the machines of one group. */
export interface Strategy {
  /** Sizes of the batches in their order; their sum is the number of machines. The first of several is the canary. */
  readonly batches: readonly number[];
  /** How long a batch is watched before the next one begins. */
  readonly soakMs: number;
  /** Machines of one batch that may fail by `change` or `machine`; of a canary none may. */
  readonly maxFailed: number;
  /** Machines that may exist beside the ones they replace; 0: the old one goes first. */
  readonly surge: number;
  /** What is watched while a batch soaks. */
  readonly probes: readonly Probe[];
}

/** A question asked again and again while a batch soaks, of machines that have the change and of some that don't. */
export type Probe = {
  readonly name: string;
  readonly everyMs: number;
  /** Answers that may be bad in one soak. Where machines without the change answer as badly, it isn't the change. */
  readonly maxFailed: number;
} & (
  | { readonly type: 'http'; readonly http: string; readonly port: number; readonly status: number }
  | { readonly type: 'command'; readonly run: string }
);

/** A command at another machine that takes a machine out of use, or puts it back. `MACHINE` is in its environment. */
export interface AroundStep {
  /** Machine that it runs at. */
  readonly at: string;
  readonly site: string;
  readonly run: string;
  /** Waited for after it. */
  readonly settleMs: number;
  readonly timeoutMs: number;
}

/** Before a machine's first change, and after its verification. */
export interface Around {
  readonly drain: AroundStep;
  readonly restore: AroundStep;
}

/** What follows when nobody answers a gate in time. */
export type GateTimeout = 'stop' | 'rollback';

/** A point where people must agree to the plan. */
export interface Gate {
  /** `rollout`: before the first batch; `group:web`: before that group; `canary:web`: after its first batch. */
  readonly id: string;
  readonly approvals: number;
  /** Principals whose vote counts; empty: all approvers that the policy knows. */
  readonly from: readonly string[];
  /** Undefined: it waits without a deadline. */
  readonly timeoutMs?: number;
  readonly onTimeout: GateTimeout;
  /** A plain message answers it: nobody proves who sent it. */
  readonly unsigned: boolean;
  /** A pipeline's own approval answers it, and says where that can be read. */
  readonly external: boolean;
}

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Weekday = (typeof weekdays)[number];

/** What happens to a rollout that is still at work when its window closes. */
export type AtClose = 'pause' | 'finish' | 'rollback';

/**
 * When changes may run, each week. `to` at or before `from` is on the next day, so is `startBy` before `from`. Each is the
 * first moment at which the zone's clock shows that time or, on the night that skips it, a later one.
 */
export interface Window {
  readonly days: readonly Weekday[];
  /** `HH:MM`, wall clock of the zone. */
  readonly from: string;
  readonly to: string;
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly zone: string;
  /** Wall clock after which nothing is begun any more; undefined: until it closes. */
  readonly startBy?: string;
  readonly atClose: AtClose;
}

/** When nothing runs, whatever windows say. */
export interface Freeze {
  /** `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`, wall clock of the zone; a date alone means its whole day. */
  readonly from: string;
  readonly to: string;
  readonly zone: string;
  readonly because: string;
  readonly atStart: AtClose;
}

/** Whether changes may run at one moment. Times RFC 3339 UTC. */
export interface WindowState {
  readonly open: boolean;
  /** Which window or freeze says so, in words. */
  readonly why: string;
  /** When that changes: closes where open, opens where closed; undefined: not within a year. */
  readonly until?: string;
  /** Open: after this nothing is begun. Closed: the same for the opening at `until`. */
  readonly startBy?: string;
  /** Closed: when the opening at `until` ends. */
  readonly closes?: string;
  /** Open: what happens at `until`. Closed: what the window that closed last, or the freeze, wants of a rollout at work. */
  readonly atClose: AtClose;
}

/** How drift is looked for, and what follows. */
export interface Reconcile {
  readonly everyMs: number;
  readonly mode: 'report' | 'enforce';
  /** Drifted machines that one scan may mend. */
  readonly maxMachines: number;
}

/** What a person votes. `override` lets a rollout run outside its window. */
export type Decision = 'approve' | 'reject' | 'override';

/** What the signature of a vote is over, as RFC 8785 JSON in namespace `millwright-approval-v1`. */
export interface VoteText {
  readonly fleet: string;
  readonly environment: string;
  readonly change: string;
  readonly gate: string;
  readonly decision: Decision;
  readonly plan: string;
  /** RFC 3339 UTC. */
  readonly expires: string;
  /** Where it is given, so that nobody can add or change it afterwards. */
  readonly reason?: string;
  readonly breakGlass?: true;
}

export const voteNamespace = 'millwright-approval-v1';

/** Argument of the update `vote`. */
export interface Vote {
  /** ULID minted by the voter; the same id again is the same vote. */
  readonly id: string;
  readonly gate: string;
  readonly planDigest: string;
  readonly principal: string;
  readonly decision: Decision;
  readonly expires: string;
  /** Armoured SSH signature; `-----BEGIN SSH SIGNATURE-----`. */
  readonly sshsig: string;
  readonly reason?: string;
  /** One who may answers for all, also for their own change. Needs a reason. */
  readonly breakGlass?: boolean;
}
