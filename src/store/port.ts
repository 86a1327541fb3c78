import type { Digest } from '../model/index.js';

/**
 * Content-addressed, write-once. `put` of bytes that are there already is a no-op; `get` verifies the digest on every
 * read and throws MW-STORE-CORRUPT or MW-STORE-MISSING (cause infrastructure).
 */
export interface Store {
  put(bytes: Uint8Array | string): Promise<Digest>;
  get(digest: Digest): Promise<Uint8Array>;
  has(digest: Digest): Promise<boolean>;
  /** Digests that begin with `prefix` (4 or more hex digits), at most 16. */
  find(prefix: string): Promise<Digest[]>;
  close(): Promise<void>;
}
