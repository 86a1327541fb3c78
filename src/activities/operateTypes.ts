import type { Digest, Hold, InstanceInfo } from '../model/index.js';
import type { SnapshotInfo } from '../providers/port.js';

/** `delete` removes those of earlier changes, too: what was verified needs none of them. */
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
  | { readonly kind: 'release' }
  | { readonly kind: 'facts' }
  /** Removes everything of ours from the machine. */
  | { readonly kind: 'purge' };

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
  /** By name, of the closed list. */
  readonly facts?: Readonly<Record<string, string | number | readonly string[]>>;
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
