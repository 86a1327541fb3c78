import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { generateEd25519, type KeyPair } from '../../../src/ssh/keys.js';
import type { SshTarget } from '../../../src/ssh/port.js';

export type Kind = 'sshd' | 'dropbear';

/** A real SSH server on a free loopback port, with a host key of its own and one login key. */
export interface Host {
  readonly target: SshTarget;
  readonly login: KeyPair;
  /** What the server wrote to its log so far. */
  log(): string;
  /** Logins that succeeded so far. */
  logins(): number;
  stop(): Promise<void>;
}

const running = new Set<Host>();

/** Stops what a test that failed half-way left; for `afterAll`. */
export async function stopHosts(): Promise<void> {
  await Promise.all([...running].map((host) => host.stop()));
}

export async function startHost(
  kind: Kind,
  options: { login?: KeyPair; hostKey?: KeyPair; port?: number; extra?: readonly string[] } = {},
): Promise<Host> {
  const dir = mkdtempSync(join(tmpdir(), 'mw-ssh-'));
  const hostKey = options.hostKey ?? generateEd25519();
  const login = options.login ?? generateEd25519('site main');
  const port = options.port ?? (await freePort());
  mkdirSync(join(dir, '.ssh'), { mode: 0o700 });
  writeFileSync(join(dir, '.ssh/authorized_keys'), `${login.publicKey}\n`, { mode: 0o600 });
  writeFileSync(join(dir, 'hostkey'), hostKey.privateKey, { mode: 0o600 });
  const start = kind === 'sshd' ? startSshd : startDropbear;
  const server = await start(dir, port, options.extra ?? []);
  let log = '';
  server.stderr?.on('data', (chunk) => {
    log += chunk;
  });
  const target: SshTarget = {
    host: '127.0.0.1',
    port,
    user: userInfo().username,
    hostKey: hostKey.publicKey,
    privateKey: login.privateKey,
    poolKey: dir,
  };
  await Promise.race([listening(port), died(server, () => log)]);
  const host: Host = {
    target,
    login,
    log: () => log,
    logins: () => log.match(/Accepted publickey|Pubkey auth succeeded/g)?.length ?? 0,
    stop: async () => {
      running.delete(host);
      await ended(server);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  running.add(host);
  return host;
}

async function startSshd(dir: string, port: number, extra: readonly string[]): Promise<ChildProcess> {
  mkdirSync('/run/sshd', { recursive: true });
  const options = [
    'ListenAddress=127.0.0.1',
    `Port=${port}`,
    `HostKey=${dir}/hostkey`,
    'PidFile=none',
    `AuthorizedKeysFile=${dir}/.ssh/authorized_keys`,
    'StrictModes=no',
    'UsePAM=no',
    ...extra,
  ];
  return spawn('/usr/sbin/sshd', ['-D', '-e', '-f', '/dev/null', ...options.flatMap((o) => ['-o', o])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** dropbear reads only ~/.ssh/authorized_keys: it gets a home of its own in a mount namespace. */
async function startDropbear(dir: string, port: number, extra: readonly string[]): Promise<ChildProcess> {
  await promisify(execFile)('dropbearconvert', [
    'openssh',
    'dropbear',
    join(dir, 'hostkey'),
    join(dir, 'key'),
  ]);
  const script = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';
  const server = ['dropbear', '-F', '-E', '-s', '-r', join(dir, 'key'), '-p', `127.0.0.1:${port}`, ...extra];
  return spawn('unshare', ['-m', 'sh', '-c', script, 'sh', dir, userInfo().homedir, ...server], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const port = portOf(server);
      server.close(() => resolve(port));
    });
  });
}

export function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}

function listening(port: number): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', () => setTimeout(() => listening(port).then(resolve), 20));
  });
}

function died(server: ChildProcess, log: () => string): Promise<never> {
  return new Promise((_, reject) => {
    server.once('error', reject);
    server.once('exit', () => reject(new Error(`the SSH server ended: ${log()}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
