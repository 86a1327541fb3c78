import { createHash } from 'node:crypto';

const types = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** Why that is no whole OpenSSH public key: a truncated one would lock its owner out in silence. */
export function publicKeyProblem(key: string): string | undefined {
  if (key.includes('PRIVATE KEY'))
    return 'This is a private key; it must not be here, and should be replaced.';
  const [type = '', blob = ''] = key.trim().split(' ');
  if (!types.includes(type) || key.trim().includes('\n')) return 'This is no line of an OpenSSH public key.';
  return isWhole(type, Buffer.from(blob, 'base64'), blob)
    ? undefined
    : `This ${type} key is damaged or cut off.`;
}

/** A key is a row of fields, each with its length before it; the first is its type, and nothing is left over. */
function isWhole(type: string, bytes: Buffer, blob: string): boolean {
  if (bytes.toString('base64').replace(/=+$/, '') !== blob.replace(/=+$/, '')) return false;
  let offset = 0;
  let fields = 0;
  while (offset + 4 <= bytes.length) {
    const end = offset + 4 + bytes.readUInt32BE(offset);
    if (fields === 0 && bytes.subarray(offset + 4, end).toString() !== type) return false;
    offset = end;
    fields += 1;
  }
  return offset === bytes.length && fields >= 2;
}

/** What a key is called in an id: its comment, if that is one plain word, else its fingerprint. */
export function publicKeyName(key: string): string {
  if (key.includes('${{')) return key;
  const [, blob = '', ...comment] = key.trim().split(' ');
  const [word = '', more] = comment;
  if (more === undefined && /^[A-Za-z0-9_.@+-]{1,100}$/.test(word)) return word;
  const digest = createHash('sha256').update(Buffer.from(blob, 'base64')).digest('base64');
  return `SHA256:${digest.replace(/=+$/, '')}`;
}
