import { createHash } from 'node:crypto';
import ssh2 from 'ssh2';
import { MillwrightError } from '../model/index.js';

/** A key pair as OpenSSH writes it: private file, and public line with its comment. */
export interface KeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** What an OpenSSH public key line says. */
export interface PublicKey {
  /** e.g. `ssh-ed25519`. */
  readonly type: string;
  readonly blob: Buffer;
}

export function parsePublicKey(line: string): PublicKey {
  const [type, base64] = line.trim().split(/\s+/);
  const blob = Buffer.from(base64 ?? '', 'base64');
  const named = blob.length > 4 ? blob.subarray(4, 4 + blob.readUInt32BE(0)).toString('latin1') : undefined;
  if (type && named === type) return { type, blob };
  const read = line.length > 60 ? `${line.slice(0, 60)}…` : line;
  throw new MillwrightError(
    {
      code: 'MW-SSH-KEY',
      cause: 'infrastructure',
      message: `"${read}" is not an OpenSSH public key line.`,
      remedy:
        'Write it as in a .pub file: the type, one space, the base64 text (`ssh-keyscan -t ed25519 HOST`).',
    },
    false,
  );
}

/** `type base64`, as known_hosts and .pub files have it. */
export function lineOfBlob(blob: Uint8Array): string {
  const bytes = Buffer.from(blob);
  return `${bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1')} ${bytes.toString('base64')}`;
}

/** `SHA256:…` as ssh-keygen -l prints it. */
export const fingerprint = (publicKeyLine: string): string =>
  fingerprintOfBlob(parsePublicKey(publicKeyLine).blob);

export const fingerprintOfBlob = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

export function generateEd25519(comment = ''): KeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment });
    // ssh2 1.17 strips leading zero bytes: one pair in 256 comes out a byte short, which no program can read.
    const broken = ssh2.utils.parseKey(pair.private) instanceof Error;
    if (!broken) return { privateKey: pair.private, publicKey: pair.public };
  }
}
