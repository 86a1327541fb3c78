import { connect as connectTcp, type Socket } from 'node:net';
import ssh2, { type Algorithms, type Client } from 'ssh2';
import type { MillwrightError } from '../model/index.js';
import { authRefused, badLoginKey, closed, refused, timedOut, wrongHostKey } from './failures.js';
import { parsePublicKey } from './keys.js';
import type { SshTarget } from './port.js';

export interface ConnectOptions {
  /** From the first packet until the banner, ms. A forwarder may accept long before the machine listens. */
  readonly bannerMs: number;
  /** From the banner until logged in, ms. */
  readonly loginMs: number;
  readonly keepaliveMs: number;
}

/** A connection whose host key is proven. */
export interface Link {
  readonly client: Client;
  /** e.g. `SSH-2.0-OpenSSH_9.2p1 Debian-2`. */
  readonly banner: string;
  alive(): boolean;
  /** The failure to report for a connection that died: hung up, or silent for three keepalives. */
  lost(when: string, error?: unknown): MillwrightError;
  /** Ends it at once, saying goodbye if the other side still listens. */
  end(): void;
}

type Stage = 'tcp' | 'banner' | 'handshake' | 'login';

/** How far an attempt came: decides what an error means. */
interface Attempt {
  readonly target: SshTarget;
  stage: Stage;
  banner: string;
  offered?: Buffer;
}

/** Connects, proves the host key, then logs in; `probe` stops before the login. Failures are MW-SSH-*. */
export function connect(target: SshTarget, options: ConnectOptions, until: 'login' | 'probe'): Promise<Link> {
  const wanted = parsePublicKey(target.hostKey);
  const attempt: Attempt = { target, stage: 'tcp', banner: '' };
  const socket = connectTcp({ host: target.host, port: target.port, noDelay: true });
  const client = new ssh2.Client();
  let silent = false;
  const lost = (when: string, error?: unknown) =>
    silent ? timedOut(target, `stopped answering ${when}`) : closed(target, when, error);
  const end = () => {
    client.end();
    socket.destroySoon();
  };
  return new Promise((resolve, reject) => {
    let timer = setTimeout(() => fail(overdue(attempt, options)), options.bannerMs);
    const fail = (error: MillwrightError) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const done = () => {
      clearTimeout(timer);
      if (until === 'probe') end();
      resolve({ client, banner: attempt.banner, alive: () => !socket.destroyed, lost, end });
    };
    const onBanner = (banner: string) => {
      attempt.banner = banner;
      attempt.stage = 'handshake';
      clearTimeout(timer);
      timer = setTimeout(() => fail(overdue(attempt, options)), options.loginMs);
    };
    client
      .on('connect', () => {
        attempt.stage = 'banner';
        sniffBanner(socket, onBanner);
      })
      .on('handshake', () => {
        attempt.stage = 'login';
        if (until === 'probe') done();
      })
      .on('ready', done)
      .on('error', (error) => {
        silent ||= error.level === 'client-timeout';
        fail(explain(attempt, error));
      })
      .on('close', () => fail(explain(attempt)));
    try {
      client.connect({
        sock: socket,
        algorithms: algorithms(wanted.type),
        hostVerifier: (offered: Buffer) => {
          attempt.offered = offered;
          return offered.equals(wanted.blob);
        },
        username: target.user,
        privateKey: until === 'probe' ? undefined : target.privateKey,
        // No method for a probe, so that it can't log in. The default asks for `none` first: a round trip that a site's key never needs.
        authHandler: until === 'probe' ? () => undefined : ['publickey'],
        readyTimeout: 0,
        keepaliveInterval: options.keepaliveMs,
      });
    } catch (error) {
      fail(badLoginKey(target, error));
    }
  });
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

/** Reads along until the identification line; lines before it are allowed (RFC 4253, 4.2). */
function sniffBanner(socket: Socket, found: (banner: string) => void): void {
  let text = '';
  const look = (chunk: Buffer): void => {
    text += chunk.toString('latin1');
    const banner = /^(SSH-[^\r\n]*)\r?\n/m.exec(text)?.[1];
    if (banner === undefined && text.length < 64 * 1024) return;
    socket.off('data', look);
    if (banner !== undefined) found(banner);
  };
  socket.on('data', look);
}

function overdue({ target, stage, banner }: Attempt, { bannerMs, loginMs }: ConnectOptions): MillwrightError {
  if (stage === 'tcp') return timedOut(target, `did not answer within ${bannerMs} ms`);
  if (stage === 'banner')
    return timedOut(target, `accepts connections but sent no SSH banner within ${bannerMs} ms`);
  const what = stage === 'handshake' ? 'the key exchange' : 'the login';
  return timedOut(target, `sent ${banner} but did not finish ${what} within ${loginMs} ms`);
}

function explain(attempt: Attempt, error?: Error & { code?: unknown; level?: string }): MillwrightError {
  const { target, stage, offered } = attempt;
  if (stage === 'tcp') return unreachable(target, error);
  if (stage === 'banner')
    return refused(target, 'accepts connections but closes them before an SSH banner', error);
  if (stage === 'handshake')
    return offered && !offered.equals(parsePublicKey(target.hostKey).blob)
      ? wrongHostKey(target, offered, attempt.banner)
      : closed(target, `during the key exchange${error ? `: ${error.message}` : ''}`, error);
  const rejected = error?.level === 'client-authentication' || /authentication/i.test(error?.message ?? '');
  return rejected ? authRefused(target, error) : closed(target, 'during the login', error);
}

function unreachable(target: SshTarget, error?: Error & { code?: unknown }): MillwrightError {
  const code = typeof error?.code === 'string' ? error.code : (error?.message ?? 'closed');
  if (code === 'ECONNREFUSED') return refused(target, 'refuses connections', error);
  if (code === 'ETIMEDOUT') return timedOut(target, 'did not answer');
  return refused(target, `can't be reached: ${code}`, error);
}
