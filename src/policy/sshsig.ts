import { fieldsOf, fingerprintOf, firstText } from './keys.js';

/** What an SSH signature says of itself; that it is true is for ssh-keygen to find. */
export interface SshSignature {
  readonly namespace: string;
  /** Key type, or that of a certificate. */
  readonly type: string;
  /** `SHA256:...` of the key that it names. */
  readonly fingerprint: string;
}

/** Characters of the longest signature that is looked at: an RSA key of 16384 bits stays below. */
export const longestSignature = 8192;

const armour = /^\s*-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/;
const magic = 'SSHSIG';

/** Reads the frame of an armoured signature (PROTOCOL.sshsig); undefined where it isn't one. */
export function parseSignature(text: string): SshSignature | undefined {
  const body = armour.exec(text)?.[1];
  if (body === undefined) return undefined;
  const bytes = Buffer.from(body, 'base64');
  if (bytes.toString('latin1', 0, magic.length) !== magic || bytes.length < magic.length + 4)
    return undefined;
  if (bytes.readUInt32BE(magic.length) !== 1) return undefined;
  const [key, namespace] = fieldsOf(bytes.subarray(magic.length + 4));
  const type = key && firstText(key);
  if (key === undefined || namespace === undefined || type === undefined) return undefined;
  return { namespace: namespace.toString('utf8'), type, fingerprint: fingerprintOf(key) };
}
