import type {
  DestroyReportData,
  Found,
  InstanceInfo,
  MachineConnection,
  MachineRef,
  MachineShape,
} from '../model/index.js';

export interface CreateRequest {
  readonly ref: MachineRef;
  /** Machine id and change: the same instance is created once, however often this is called. */
  readonly instance: string;
  readonly shape: MachineShape;
  readonly protect: boolean;
  /** OpenSSH public keys that may log in as root. */
  readonly loginKeys: readonly string[];
  /** The instance this one takes the place of, allowed to exist meanwhile. */
  readonly replaces?: string;
  /** Of a machine that exists already. */
  readonly connection?: MachineConnection;
}

/** What the document of a machine says that exists already; providers that make machines know better. */
export interface Declared {
  readonly instance: string;
  readonly connection?: MachineConnection;
  readonly protect: boolean;
}

export interface SnapshotInfo {
  readonly name: string;
  /** When it was taken: RFC 3339 UTC. */
  readonly at: string;
  /** What it takes at once: its memory. Disks are shared with the machine until either changes. */
  readonly sizeBytes: number;
  /** Whether memory is part of it. */
  readonly memory: boolean;
}

/** Called now and then during long work; throws when the caller wants the work to stop. */
export type Progress = (detail: { readonly step: string; readonly percent?: number }) => void;

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Gives back what was opened for this endpoint; safe to call twice. */
  release(): Promise<void>;
}

/**
 * What makes machines. Every method may be called again after any death of the caller, and from two processes at once.
 * Errors are MillwrightError; `retryable` says whether calling again may help.
 */
export interface Provider {
  readonly name: string;

  /**
   * Looks the machine up by its tag. `absent` only from the owner of the machine; anything doubtful is `unknown`. One that
   * exists already is `present` as `declared`. While another instance is made to take its place it is the one that is
   * `declared`, else the old one.
   */
  find(ref: MachineRef, declared?: Declared): Promise<Found>;

  /**
   * Makes disks, keys and the machine, and starts it; atomic per instance, under the instance's lock. Lists by machine
   * tag first: a live instance other than this one or `replaces` fails MW-CREATE-EXISTS (cause machine). A tombstone of
   * this instance fails MW-CREATE-TOMBSTONE, so that a frozen attempt which wakes up later makes no ghost. A disk with
   * `keep` that a running instance has fails MW-DISK-ATTACHED (cause machine), here and in `start`.
   */
  create(request: CreateRequest, progress: Progress, signal: AbortSignal): Promise<InstanceInfo>;

  /** Brings an existing instance to power on; no-op when it runs. */
  start(instance: string, progress: Progress): Promise<InstanceInfo>;
  stop(instance: string, how: 'shutdown' | 'off'): Promise<void>;
  /** MW-MACHINE-OFF when it is off. */
  reset(instance: string): Promise<void>;

  /**
   * Writes the tombstone first, then removes the machine and its disks but the `keep` ones. No-op when it never
   * existed. Refuses MW-DESTROY-PROTECTED when stamped `protect` unless `force` (removal of an unfinished create).
   */
  destroy(instance: string, options?: { force?: boolean }): Promise<DestroyReportData>;

  /** Applies or lifts the stamp that survives a manifest which forgot it. */
  protect(instance: string, on: boolean): Promise<void>;

  /** Where a worker of this site reaches a guest port. Port 22 stays open; others may be temporary. */
  reach(instance: string, port: number): Promise<Endpoint>;

  /**
   * Disks, and memory too where it runs, under a name; the same name again is a no-op that gives back what there is. One
   * that was broken off is never listed. MW-SNAPSHOT-KEEP where a disk has `keep`: it would contradict what is put back.
   * MW-SNAPSHOT-NAME: a name has at most 63 letters, digits, dots, dashes and underscores. MW-SNAPSHOT-FAILED (cause
   * machine).
   */
  takeSnapshot(instance: string, name: string, progress: Progress): Promise<SnapshotInfo>;
  /**
   * Puts the machine back to it, running or off as it was; all that was written since is gone.
   * Until it is whole, which calling it again or `start` brings about, power is `unknown`. A shape that the machine was
   * given since is taken back with the memory; the guest's clock is not set. MW-SNAPSHOT-ABSENT; MW-SNAPSHOT-KEEP;
   * MW-SNAPSHOT-QEMU (nothing was touched): another version or accelerator wrote that memory.
   */
  loadSnapshot(instance: string, name: string, progress: Progress): Promise<InstanceInfo>;
  /** No-op when it isn't there, or the instance isn't. */
  deleteSnapshot(instance: string, name: string): Promise<void>;
  /** Whole ones, oldest first. */
  snapshots(instance: string): Promise<SnapshotInfo[]>;

  /**
   * Power cycle into another number of cpus, memory or published ports; no-op when it has that shape and runs. A guest
   * that doesn't shut down is powered off. MW-SHAPE-REPLACE (cause change) for anything else.
   */
  reshape(instance: string, shape: MachineShape, progress: Progress): Promise<InstanceInfo>;

  /** Things of the same kind here that aren't ours, as people would name them: told, never touched. */
  strangers(): Promise<string[]>;

  /** Everything of ours here, whatever fleet; `foreign` things aren't listed. */
  list(): Promise<InstanceInfo[]>;

  /** The last `maxBytes` of the serial console, also of a machine that is off; empty when there is none. */
  console(instance: string, maxBytes: number): Promise<string>;
}
