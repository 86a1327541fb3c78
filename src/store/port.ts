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

/** A store as `openStore` gives it: made ready explicitly, never by the first write. */
export interface MigratableStore extends Store {
  /** What `migrate` would do; empty when the store is ready. */
  pendingMigrations(): Promise<string[]>;
  /** Makes the store ready and returns what it did; safe to repeat and to race. */
  migrate(): Promise<string[]>;
}
