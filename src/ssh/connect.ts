import { connect as connectTcp } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Client } from 'ssh2';
import { clientConfig } from './config.js';
import { type Attempt, explain, overdue } from './explain.js';
import { badLoginKey, closed, timedOut } from './failures.js';
import type { Jumps } from './jumps.js';
import type { Link } from './link.js';
import type { SshTarget } from './port.js';

export interface ConnectOptions {
  /** From the first packet until the banner, ms. A forwarder may accept long before the machine listens. */
  readonly bannerMs: number;
  /** From the banner until logged in, ms. */
  readonly loginMs: number;
  readonly keepaliveMs: number;
}

export type { Link } from './link.js';

/** Connects, proves the host key (`seen` is told of it first), then logs in; `probe` stops before the login. Failures are MW-SSH-*. */
export async function connect(
  target: SshTarget,
  options: ConnectOptions,
  until: 'login' | 'probe',
  jumps?: Jumps,
  seen?: (hostKey: Uint8Array) => void,
): Promise<Link> {
  const attempt: Attempt = { target, stage: 'tcp', banner: '', seen };
  const config = clientConfig(attempt, until, options.keepaliveMs);
  const socket = await socketTo(target, jumps);
  const client = new ssh2.Client();
  try {
    await reached(attempt, client, socket, options, until, () => client.connect({ ...config, sock: socket }));
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return linkOf(attempt, client, socket);
}

const socketTo = async (target: SshTarget, jumps: Jumps | undefined): Promise<Duplex> =>
  jumps && target.via && target.via.length > 0
    ? jumps.open(target)
    : connectTcp({ host: target.host, port: target.port, noDelay: true });

/** Settles when the attempt came as far as `until`, or can't. */
function reached(
  attempt: Attempt,
  client: Client,
  socket: Duplex,
  options: ConnectOptions,
  until: 'login' | 'probe',
  begin: () => void,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const settled = new Promise<void>((resolve, reject) => {
    const within = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(overdue(attempt, options)), ms);
    };
    within(options.bannerMs);
    client.on('connect', () => {
      attempt.stage = 'banner';
      sniffBanner(socket, (banner) => {
        attempt.stage = 'handshake';
        attempt.banner = banner;
        within(options.loginMs);
      });
    });
    client.on('handshake', () => {
      attempt.stage = 'login';
      if (until === 'probe') resolve();
    });
    client.on('ready', resolve);
    client.on('error', (error) => reject(explain(attempt, error)));
    client.on('close', () => reject(explain(attempt)));
    try {
      begin();
    } catch (error) {
      reject(badLoginKey(attempt.target, error));
    }
  });
  return settled.finally(() => clearTimeout(timer));
}

function linkOf({ target, banner }: Attempt, client: Client, socket: Duplex): Link {
  let silent = false;
  client.on('error', (error) => {
    silent ||= error.level === 'client-timeout';
    socket.destroy();
  });
  return {
    client,
    banner,
    alive: () => !socket.destroyed,
    lost: (when, error) =>
      silent ? timedOut(target, `stopped answering ${when}`) : closed(target, when, error),
    end: () => {
      client.end();
      socket.end(() => socket.destroy());
    },
  };
}

/** Reads along until the identification line; lines before it are allowed (RFC 4253, 4.2). */
function sniffBanner(socket: Duplex, found: (banner: string) => void): void {
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
