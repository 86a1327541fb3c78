import type { BundleId, Digest } from '../model/index.js';

/** What every site activity of a machine is given: ids and digests, never content. */
export interface MachineTask {
  readonly changeId: string;
  /** Store digest of the Target document. */
  readonly target: Digest;
  /** Store digest of the bundle's tar. */
  readonly bundleBytes: Digest;
  readonly runner: Digest;
  readonly site: string;
  readonly machine: string;
  /** Instance to work on; for create, the one to make. */
  readonly instance: string;
  /**
   * Another bundle than the target document's: a rollback's. Its steps, verification and slots are then read from the
   * store by this id; `bundleBytes` is the digest of its tar.
   */
  readonly bundle?: BundleId;
}
