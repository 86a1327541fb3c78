import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** An ed25519 SSH host key as sshd and known_hosts want it. */
export interface HostKey {
  /** `ssh-ed25519 AAAA… <comment>` */
  readonly publicLine: string;
  /** OpenSSH private key file. */
  readonly openssh: string;
}

const KIND = 'ssh-ed25519';

export function generateHostKey(comment: string): HostKey {
  const { x, d } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const pub = Buffer.from(x ?? '', 'base64url');
  const seed = Buffer.from(d ?? '', 'base64url');
  const blob = Buffer.concat([field(KIND), field(pub)]);
  return {
    publicLine: `${KIND} ${blob.toString('base64')} ${comment}`,
    openssh: pem(opensshFile(blob, pub, seed, comment)),
  };
}

/** dropbear's own file of the same key; it doesn't read OpenSSH's. */
export function dropbearKey(openssh: string): Buffer {
  return Buffer.concat([field(KIND), field(secretOf(openssh))]);
}

/** PROTOCOL.key of OpenSSH: magic, no cipher, no kdf, one public key, one padded private section. */
function opensshFile(blob: Buffer, pub: Buffer, seed: Buffer, comment: string): Buffer {
  const check = randomBytes(4);
  const secret = Buffer.concat([
    check,
    check,
    field(KIND),
    field(pub),
    secretField(seed, pub),
    field(comment),
  ]);
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, i) => i + 1));
  return Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    number(1),
    field(blob),
    field(Buffer.concat([secret, padding])),
  ]);
}

const secretField = (seed: Buffer, pub: Buffer): Buffer => field(Buffer.concat([seed, pub]));

/** The 64 bytes (seed and public key) inside an OpenSSH file made here, whose fields have fixed lengths. */
function secretOf(openssh: string): Buffer {
  const file = Buffer.from(openssh.replace(/-----[^-]+-----|\s/g, ''), 'base64');
  const magic = 15;
  const header = 8 + 8 + 4 + 4 + (4 + 51) + 4;
  const section = 8 + (4 + KIND.length) + (4 + 32) + 4;
  return file.subarray(magic + header + section, magic + header + section + 64);
}

function pem(data: Buffer): string {
  const lines = data.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function field(data: string | Buffer): Buffer {
  const bytes = Buffer.from(data as string);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
