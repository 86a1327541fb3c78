import type { BundleId, Slot, VerifyCheck } from './bundle.js';
import type { MachineConnection } from './connection.js';
import type { Digest } from './digest.js';
import type { MachineRef } from './ids.js';
import type { MachineShape } from './machine.js';
import type { Around, Freeze, Gate, Reconcile, Strategy, Window } from './strategy.js';

/** Ordered by how much they disturb; a plan permits an action, and a machine whose class rises stops. */
export const actions = ['nothing', 'create', 'change', 'power cycle', 'replace', 'destroy'] as const;
export type Action = (typeof actions)[number];

/** What the record (or the target itself) says a machine is now: the base a plan is compiled against. */
export interface MachineBase {
  readonly instance: string;
  /** Last bundle a rollout admitted it to; null until the first one. */
  readonly assigned: BundleId | null;
  readonly verified: BundleId | null;
  /** Digest of the shape it was made with. */
  readonly shape: Digest;
  readonly site: string;
  readonly group: string;
  readonly protect: boolean;
}
/** Machine name to base; a machine that isn't named doesn't exist. */
export type Base = Readonly<Record<string, MachineBase>>;

/**
 * One machine of a plan: a store document of its own, so that nobody loads ten thousand to work on one.
 * Stored as `preimage('millwright.target.v1', target)`.
 */
export interface Target {
  readonly ref: MachineRef;
  readonly group: string;
  readonly site: string;
  readonly provider: string;
  readonly action: Action;
  /** Why, in words: `groups.web.count 3 → 2`. */
  readonly reason?: string;
  readonly base: MachineBase | null;
  readonly shape: MachineShape;
  readonly shapeDigest: Digest;
  /** Of a machine that exists already; undefined: its provider makes it and knows how it is reached. */
  readonly connection?: MachineConnection;
  /** Machines that exist already and that this one's verification is made from or that it is drained at, by name. */
  readonly peers?: Readonly<Record<string, MachineConnection>>;
  readonly protect: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly bundle: BundleId;
  /** Step ids in order, for progress and `not reached`. */
  readonly steps: readonly string[];
  readonly verify: readonly VerifyCheck[];
  readonly slots: readonly Slot[];
  /** The rungs that the group names, in the order of the ladder. */
  readonly rungs: readonly PlannedRung[];
  /** Steps that are new or differ from base and whose type can't be undone. */
  readonly cannotUndo: readonly string[];
  /** How it is taken out of use meanwhile; undefined: it isn't. */
  readonly around?: Around;
}

/** Ways back to what was verified, in the order in which they are tried; after the last one the machine is left as it is. */
export const rollbackRungs = ['restore', 'snapshot', 'replace'] as const;
export type RollbackRung = (typeof rollbackRungs)[number];

/** What a rollout does when a machine fails: wait for a person, put the machine back, or start nothing more. */
export type FailurePolicy = 'ask' | 'rollback' | 'stop';

/** One way back of one machine, as far as can be said before anything was done. */
export interface PlannedRung {
  readonly rung: RollbackRung;
  /** Why it can't be taken: steps that can't be undone, nothing verified to return to; undefined: it can. */
  readonly unreachable?: string;
  /** What is lost by taking it, in words; undefined: nothing. */
  readonly discards?: string;
}

export interface PlannedMachine {
  readonly machine: string;
  readonly site: string;
  readonly action: Action;
  /** Store digest of its Target. */
  readonly target: Digest;
  readonly baseBundle: BundleId | null;
  readonly bundle: BundleId;
  /** Present on a protected machine that the plan would destroy or replace: refused while the stamp is on. */
  readonly refused?: 'protected';
}

export interface PlannedGroup {
  readonly group: string;
  readonly after: readonly string[];
  readonly maxParallel: number;
  readonly onFailure: FailurePolicy;
  /** Undefined: all machines in one batch, none of which may fail. */
  readonly strategy?: Strategy;
  /** In the order in which they are worked on. */
  readonly machines: readonly PlannedMachine[];
}

/** Stored as `preimage('millwright.plan.v1', plan)`; its store digest is the plan digest that approvals bind. */
export interface Plan {
  readonly version: 1;
  readonly fleet: string;
  readonly fleetUid: string;
  readonly environment: string;
  /** Topological: a group comes after all of its `after`. */
  readonly groups: readonly PlannedGroup[];
  /** Machines that exist but are no longer declared (lower `count`, group removed): `destroy`, in reverse order. */
  readonly removed: readonly PlannedMachine[];
  readonly gates: readonly Gate[];
  /** Undefined: changes may run at any time. */
  readonly windows?: readonly Window[];
  readonly freezes?: readonly Freeze[];
  /** Machines of the whole rollout that may fail by `change` or `machine`; undefined: what its batches may. */
  readonly maxFailed?: number;
  /** What is to be scheduled once this plan is in force; undefined: nothing. */
  readonly reconcile?: Reconcile;
}

/**
 * Which bytes stand for each bundle id: apart from the plan, because a newer Millwright may write other bytes under the
 * same id. Stored as `preimage('millwright.artifacts.v1', artifacts)`.
 */
export interface Artifacts {
  /** Bundle id to digest of its tar. */
  readonly bundles: Readonly<Record<BundleId, Digest>>;
  /** Digest of the runner script. */
  readonly runner: Digest;
}

/** One accepted request. Stored as `preimage('millwright.change.v1', change)`. */
export interface Change {
  /** ULID minted by the caller, stable over every retry. */
  readonly id: string;
  readonly verb: 'up' | 'destroy' | 'replace' | 'rollback' | 'adopt' | 'exec' | 'check' | 'reconcile';
  /** Of a rollback: the change (ULID) that it takes back. Its plan and artifacts are those of that change. */
  readonly of?: string;
  readonly fleet: string;
  readonly fleetUid: string;
  readonly environment: string;
  readonly plan: Digest;
  readonly artifacts: Digest;
  /** Same targets, new bundles and policy attach to a running rollout; base isn't part of it. */
  readonly intent: Digest;
  /** Digest of all inputs (manifest and the files it names). */
  readonly revision: Digest;
  readonly commit?: string;
  readonly commitSubject?: string;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly allowDestroy: boolean;
  /** Author of the commit, and whether a signature proves it. */
  readonly author?: { readonly name: string; readonly email: string; readonly verified: boolean };
  /** Outside its window it waits for the next one; otherwise it is refused. */
  readonly waitForWindow?: boolean;
  /** Only these steps are applied: what differs beside them, and the verification, stay owed. Undefined: all. */
  readonly steps?: readonly string[];
}
