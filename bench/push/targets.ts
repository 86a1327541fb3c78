import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { generateEd25519, type KeyPair } from '../../src/ssh/index.js';
import { freePort } from '../../test/support/stack.js';
import { cpuOfTree } from '../support/host.js';

/** One machine to push to, on a port of the loopback. */
export interface Target {
  readonly name: string;
  readonly port: number;
  /** `type base64`. */
  readonly hostKey: string;
}

export interface Farm {
  readonly targets: readonly Target[];
  /** Private key that may log in as root. */
  readonly login: string;
  /** For `ssh -F`. */
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** CPU time that the targets used so far, ms: sessions that have ended, and what they started. */
  cpu(): number;
  /** Text that a target has under that path; undefined: there is none. */
  textOn(target: Target, path: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

/**
 * The host's root under an overlay whose upper layer is in memory, its own mounts and processes: all of it is gone when
 * its first process is killed. Nobody's start-up files are in its home: shells would run them for each command.
 */
const boot = `set -e
mount -t overlay root -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount -t tmpfs run "$1/root/run"
mount -t tmpfs home "$1/root/root"
mount --rbind /dev "$1/root/dev"
mkdir "$1/root/run/sshd"
dir=$1 && shift
exec chroot "$dir/root" /usr/sbin/sshd "$@"`;

const keys = '/etc/millwright-bench';

/**
 * Starts the targets `node-1` to `node-<count>`. Each is an sshd of its own over a root of its own, so that nobody meets on one /etc.
 * Needs root; `dir` must lie in memory, outside the root file system.
 */
export async function startFarm(dir: string, count: number, login: KeyPair): Promise<Farm> {
  mkdirSync(dir, { recursive: true });
  const running: ChildProcess[] = [];
  const targets: Target[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(running.map(end));
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const ports = await freePorts(count);
    for (const [i, port] of ports.entries()) {
      const { target, process } = startTarget(dir, `node-${i + 1}`, port, login);
      running.push(process);
      targets.push(target);
    }
    await Promise.all(targets.map((one, i) => listening(one, running[i] as ChildProcess)));
    const first = running.map(({ pid }) => firstProcess(pid ?? -1));
    const cpu = (): number => first.reduce((sum, pid) => sum + cpuOfTree(pid), 0);
    return { targets, cpu, stop, textOn: writtenBelow(dir), ...writeAccess(dir, targets, login) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Held together, so that none is given twice. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

function startTarget(parent: string, name: string, port: number, login: KeyPair) {
  const dir = join(parent, name);
  const written = join(dir, 'upper');
  for (const part of ['work', 'root', `upper${keys}`]) mkdirSync(join(dir, part), { recursive: true });
  for (const part of [dir, written, join(written, 'etc')]) chmodSync(part, 0o755);
  const hostKey = generateEd25519();
  writeFileSync(join(written, keys, 'hostkey'), hostKey.privateKey, { mode: 0o600 });
  writeFileSync(join(written, keys, 'authorized_keys'), `${login.publicKey}\n`, { mode: 0o600 });
  writeFileSync(join(written, 'etc/hostname'), `${name}\n`);
  const options = [
    ...['ListenAddress=127.0.0.1', `Port=${port}`, `HostKey=${keys}/hostkey`, 'PidFile=none', 'UsePAM=no'],
    ...[`AuthorizedKeysFile=${keys}/authorized_keys`, 'StrictModes=no', 'PermitRootLogin=yes'],
    ...['UseDNS=no', 'Subsystem=sftp internal-sftp'],
  ].flatMap((option) => ['-o', option]);
  const unshare = ['--mount', '--pid', '--uts', '--fork', '--kill-child', 'sh', '-c', boot, 'target', dir];
  const process = spawn('unshare', [...unshare, '-D', '-e', '-f', '/dev/null', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { target: { name, port, hostKey: hostKey.publicKey }, process };
}

async function listening({ name, port }: Target, process: ChildProcess): Promise<void> {
  let said = '';
  process.stderr?.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000);
  });
  while (!(await accepts(port))) {
    if (process.exitCode !== null) throw new Error(`${name} did not start: ${said}`);
    await sleep(50);
  }
}

/** Process 1 of the target: all that sessions leave behind becomes its child. */
const firstProcess = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });

function end(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    process.once('exit', () => resolve());
    process.kill('SIGKILL');
  });
}

/** How each peer finds and trusts the targets; a connection of its own per call unless a peer shares them itself. */
export function writeAccess(dir: string, targets: readonly Target[], login: KeyPair) {
  const files = {
    login: join(dir, 'login'),
    knownHosts: join(dir, 'known_hosts'),
    sshConfig: join(dir, 'ssh_config'),
  };
  writeFileSync(files.login, login.privateKey, { mode: 0o600 });
  const known = targets.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`);
  writeFileSync(files.knownHosts, known.join(''));
  const hosts = targets.map(({ name, port }) => `Host ${name}\n  HostName 127.0.0.1\n  Port ${port}\n`);
  writeFileSync(
    files.sshConfig,
    `${hosts.join('')}Host *
  User root
  IdentityFile ${files.login}
  IdentitiesOnly yes
  UserKnownHostsFile ${files.knownHosts}
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
`,
  );
  return files;
}

/** What was written on a target lies in the upper folder of its overlay. */
const writtenBelow =
  (dir: string): Farm['textOn'] =>
  ({ name }, path) =>
    readFile(join(dir, name, 'upper', path), 'utf8').catch(() => undefined);
