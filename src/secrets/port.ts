import type { SecretRef } from '../model/index.js';

/** The site's own keys, made on first use, private halves 0600 under the site's state directory. */
export interface Keystore {
  /** Login key of the site: OpenSSH private key and its public line. */
  loginKey(): Promise<{ privateKey: string; publicKey: string }>;
  /** Keyed fingerprint of a secret value: `hmac-sha256:<16 hex>` with a key that never leaves the site. */
  fingerprint(value: string): Promise<string>;
}

export interface Secrets {
  /** Only what the site's settings allow; MW-SECRET-DENIED, MW-SECRET-MISSING name the reference, never a value. */
  resolve(name: string, ref: SecretRef): Promise<string>;
}
