import { connect } from './connect.js';
import { fingerprintOfBlob, lineOfBlob, parsePublicKey } from './keys.js';

/** What answers at an address: nobody has said yet that it is the right one. */
export interface Offered {
  /** `type base64`. */
  readonly hostKey: string;
  readonly fingerprint: string;
}

/** Of a key that no machine has: whoever answers is looked at and refused, so that nothing is sent to it. */
const nobody = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** The host key that a machine offers, without a login. MW-SSH-REFUSED, -TIMEOUT, -CLOSED where nobody offers any. */
export async function scanHostKey(host: string, port: number, timeoutMs: number): Promise<Offered> {
  const options = { bannerMs: timeoutMs, loginMs: timeoutMs, keepaliveMs: 0 };
  let offered: Uint8Array | undefined;
  const target = { host, port, user: 'nobody', hostKey: nobody, poolKey: '' };
  await connect(target, options, 'probe', undefined, (blob) => {
    offered = blob;
  }).catch((error: unknown) => {
    if (offered === undefined) throw error;
  });
  const hostKey = lineOfBlob(offered ?? parsePublicKey(nobody).blob);
  return { hostKey, fingerprint: fingerprintOfBlob(parsePublicKey(hostKey).blob) };
}
