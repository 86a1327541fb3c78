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
  const whole = blob.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '') && isWhole(blob);
  if (!whole || firstText(blob) !== type)
    return 'write the whole line of the .pub file: this key is cut off or damaged';
  return { type, base64, fingerprint: fingerprintOf(blob) };
}

/** `SHA256:...` of a public key's wire form. */
export const fingerprintOf = (blob: Uint8Array): string =>
  `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;

/** The first length-prefixed text of a blob; undefined where there is none. */
export const firstText = (blob: Buffer): string | undefined => fieldsOf(blob)[0]?.toString('latin1');

/** Length-prefixed fields of SSH's wire format, as far as they are whole. */
export function fieldsOf(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) break;
    found.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** Every key has its type and at least one field more, and nothing is left over. */
function isWhole(blob: Buffer): boolean {
  const fields = fieldsOf(blob);
  return fields.length > 1 && fields.reduce((sum, { length }) => sum + 4 + length, 0) === blob.length;
}
