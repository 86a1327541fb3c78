import { createHmac, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readOrMake } from './once.js';
import type { Keystore } from './port.js';

export interface KeystoreOptions {
  /** The site's own folder of keys, made when needed. */
  readonly dir: string;
  /** Makes an OpenSSH private key and its public line. */
  readonly generateKey: () => { privateKey: string; publicKey: string };
}

/** Keys as files: `login/id_ed25519`, `login/id_ed25519.pub`, `fingerprint/key`; files 0600, folders 0700. */
export function createKeystore({ dir, generateKey }: KeystoreOptions): Keystore {
  const login = once(async () => {
    const files = await readOrMake(join(dir, 'login'), ['id_ed25519', 'id_ed25519.pub'], () => {
      const { privateKey, publicKey } = generateKey();
      return { id_ed25519: privateKey, 'id_ed25519.pub': `${publicKey}\n` };
    });
    return { privateKey: files.id_ed25519 ?? '', publicKey: (files['id_ed25519.pub'] ?? '').trim() };
  });
  const fingerprintKey = once(async () => {
    const make = () => ({ key: `${randomBytes(32).toString('hex')}\n` });
    const { key } = await readOrMake(join(dir, 'fingerprint'), ['key'], make);
    return Buffer.from((key ?? '').trim(), 'hex');
  });
  return {
    loginKey: login,
    async fingerprint(value) {
      const digest = createHmac('sha256', await fingerprintKey())
        .update(value)
        .digest('hex');
      return `hmac-sha256:${digest.slice(0, 16)}`;
    },
  };
}

/** Remembers a success; a failure is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
