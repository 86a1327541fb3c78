import { createHash } from 'node:crypto';
import type { PublicKey } from './types.js';

/** What ssh-keygen makes and signs with. */
const types = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'ssh-rsa',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** A line of an OpenSSH `.pub` file, or why it is none, in words that follow "read ...: ". */
export function parsePublicKey(line: string): PublicKey | string {
  const [type = '', base64 = ''] = line.trim().split(/[ \t]+/);
  if (/[\r\n]/.test(line.trim())) return 'write one key, on one line';
  if (type.includes('-cert-')) return 'write the key itself, not a certificate';
  if (!types.includes(type)) return `write a line of an OpenSSH .pub file: ${types[0]} AAAA… name`;
  const blob = Buffer.from(base64, 'base64');
  if (blob.toString('base64').replace(/=+$/, '') !== base64.replace(/=+$/, '') || firstText(blob) !== type)
    return 'write the whole line of the .pub file: this key is cut off or damaged';
  return { type, base64, fingerprint: fingerprintOf(blob) };
}

/** `SHA256:...` of a public key's wire form. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** The first length-prefixed text of a blob; undefined where there is none. */
export function firstText(blob: Uint8Array): string | undefined {
  const bytes = Buffer.from(blob);
  if (bytes.length < 4) return undefined;
  const end = 4 + bytes.readUInt32BE(0);
  return end > bytes.length ? undefined : bytes.toString('latin1', 4, end);
}
