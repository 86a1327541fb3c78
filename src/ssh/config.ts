import type { Algorithms, ConnectConfig } from 'ssh2';
import type { Attempt } from './explain.js';
import { parsePublicKey } from './keys.js';
import { authHandler } from './ways.js';

/** What ssh2 is told, but the socket. A probe gets no key and no method, so that it can't log in. */
export function clientConfig(attempt: Attempt, until: 'login' | 'probe', keepaliveMs: number): ConnectConfig {
  const { target } = attempt;
  const wanted = parsePublicKey(target.hostKey);
  return {
    algorithms: algorithms(wanted.type),
    hostVerifier: (offered: Buffer) => {
      attempt.offered = offered;
      attempt.seen?.(offered);
      return offered.equals(wanted.blob);
    },
    username: target.user,
    authHandler: until === 'probe' ? () => undefined : authHandler(target),
    readyTimeout: 0,
    keepaliveInterval: keepaliveMs,
  };
}

/**
 * The other host key types follow the wanted one only so that another machine's answer can be shown. Curve25519 and
 * AES-GCM are the fastest of what both OpenSSH and Node implement natively; dropbear has ChaCha20 and AES-CTR.
 */
function algorithms(hostKeyType: string): Algorithms {
  const all = ['ssh-ed25519', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'] as const;
  const rsa = ['rsa-sha2-512', 'rsa-sha2-256'] as const;
  const wanted = hostKeyType === 'ssh-rsa' ? rsa : all.filter((type) => type === hostKeyType);
  return {
    serverHostKey: [...new Set([...wanted, ...all, ...rsa])],
    kex: [
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'ecdh-sha2-nistp256',
      'diffie-hellman-group14-sha256',
    ],
    cipher: [
      'aes128-gcm@openssh.com',
      'chacha20-poly1305@openssh.com',
      'aes128-ctr',
      'aes256-gcm@openssh.com',
      'aes256-ctr',
    ],
  };
}
