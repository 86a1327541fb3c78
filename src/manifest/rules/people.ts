import { problemAt, type Rule } from '../draft.js';

const types = [
  'ssh-ed25519',
  'ssh-rsa',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
];

/** People's keys are whole OpenSSH public keys: a truncated one would lock its owner out in silence. */
export const keysArePublicKeys: Rule = (draft) =>
  Object.entries(draft.manifest.people).flatMap(([name, person]) =>
    person.keys.flatMap((key, index) => {
      const why = complaint(key);
      return why === undefined ? [] : [problemAt(draft, `people.${name}.keys[${index}]`, why, remedy)];
    }),
  );

const remedy = 'Paste the one line of a .pub file, such as ~/.ssh/id_ed25519.pub.';

function complaint(key: string): string | undefined {
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
