import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';

export type BoxKind = 'busybox' | 'debian' | 'systemd';

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A machine's inside without a machine: its own root, mounts and processes. `busybox` has nothing but busybox (ash);
 * `debian` is this very system under an overlay (dash, coreutils, apt); `systemd` is the same with systemd as process 1.
 * With `ownNetwork` it has a loopback of its own and nothing else; without, our network.
 */
export interface Box {
  readonly kind: BoxKind;
  readonly root: string;
  exec(argv: readonly string[], stdin?: Uint8Array | string): Promise<Result>;
  /** Runs shell text and fails the test if it fails. */
  sh(script: string): Promise<string>;
  put(path: string, bytes: Uint8Array | string, mode?: string): Promise<void>;
  /** Pulls the plug: every process dies, tmpfs is lost, the boot id is another one. */
  reboot(): Promise<void>;
  close(): Promise<void>;
}

export async function openBox(kind: BoxKind, { ownNetwork = false } = {}): Promise<Box> {
  // An overlay's upper folder must not lie below its lower one, which is the whole root file system.
  const home = await mkdtemp(join(kind === 'busybox' ? tmpdir() : '/dev/shm', 'mw-box-'));
  const layers = { root: join(home, 'root'), store: join(home, 'store') };
  await mkdir(layers.root);
  await mkdir(layers.store);
  if (kind === 'busybox') await makeBusybox(layers.root);
  let holder = await boot(kind, home, ownNetwork);
  const enter = (argv: readonly string[]): string[] => [
    '-t',
    String(holder.pid),
    '-m',
    '-p',
    '-r',
    '-w',
    ...(ownNetwork ? ['-n'] : []),
    ...argv,
  ];
  const exec = async (argv: readonly string[], stdin: Uint8Array | string = ''): Promise<Result> => {
    const done = await execa('nsenter', enter(argv), {
      input: stdin,
      reject: false,
      stripFinalNewline: false,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      extendEnv: false,
    });
    return { code: done.exitCode ?? -1, stdout: String(done.stdout), stderr: String(done.stderr) };
  };
  const sh = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await exec(['sh', '-c', script]);
    if (code !== 0) throw new Error(`${script}\nexited ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    ...{ kind, root: layers.root, exec, sh },
    async put(path, bytes, mode = '600') {
      const script = 'mkdir -p "${1%/*}" && cat >"$1" && chmod "$2" "$1"';
      const { code, stderr } = await exec(['sh', '-c', script, 'put', path, mode], bytes);
      if (code !== 0) throw new Error(`${path}: ${stderr}`);
    },
    async reboot() {
      await halt(holder);
      holder = await boot(kind, home, ownNetwork);
    },
    async close() {
      await halt(holder);
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function makeBusybox(root: string): Promise<void> {
  for (const dir of ['bin', 'proc', 'run', 'tmp', 'dev', 'etc/init.d', 'root', 'home', 'var/lib', 'usr/bin'])
    await mkdir(join(root, dir), { recursive: true });
  await execa('cp', ['/bin/busybox', join(root, 'bin/busybox')]);
  await execa('chroot', [root, '/bin/busybox', '--install', '-s', '/bin']);
  await writeFile(
    join(root, 'etc/passwd'),
    'root:x:0:0:root:/root:/bin/sh\nops:x:500:500::/home/ops:/bin/sh\n',
  );
  await writeFile(join(root, 'etc/group'), 'root:x:0:\nops:x:500:\nwheel:x:10:\n');
  await writeFile(join(root, 'etc/shadow'), 'root:*:19000:0:99999:7:::\n', { mode: 0o600 });
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n');
}

interface Holder {
  readonly outer: ChildProcess;
  readonly pid: number;
}

const overlay = `mkdir -p "$1/store/upper" "$1/store/work"
    mount -t overlay root -o "lowerdir=/,upperdir=$1/store/upper,workdir=$1/store/work" "$1/root"`;

const mounts: Readonly<Record<BoxKind, string>> = {
  busybox: 'mount --bind "$1/root" "$1/root"',
  debian: overlay,
  systemd: `${overlay}
    mount -t sysfs -o ro sysfs "$1/root/sys"
    mount -t cgroup2 cgroup "$1/root/sys/fs/cgroup"
    rm -f "$1/root/etc/systemd/system/"*.wants/*`,
};

const idle = 'echo up; trap : TERM; while :; do sleep 3600 & wait; done';

const first: Readonly<Record<BoxKind, string>> = {
  busybox: idle,
  debian: idle,
  systemd: 'echo up; exec env container=docker /lib/systemd/systemd --unit=basic.target --show-status=0',
};

/** Process 1 of the box; whoever enters shares its mounts and processes. */
async function boot(kind: BoxKind, home: string, ownNetwork: boolean): Promise<Holder> {
  await writeFile(join(home, 'boot_id'), `${randomUUID()}\n`);
  const script = `set -e
    ${mounts[kind]}
    mount -t proc proc "$1/root/proc"
    mount -t tmpfs run "$1/root/run"
    [ -e "$1/root/dev/null" ] || mount --bind /dev "$1/root/dev"
    ${ownNetwork ? 'busybox ip link set lo up' : ''}
    mount --bind "$1/boot_id" "$1/root/proc/sys/kernel/random/boot_id"
    exec chroot "$1/root" /bin/sh -c '${first[kind]}'`;
  const outer = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--cgroup',
      '--uts',
      '--ipc',
      ...(ownNetwork ? ['--net'] : []),
      '--fork',
      '--kill-child',
      'sh',
      '-c',
      script,
      'box',
      home,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  await new Promise<void>((up, down) => {
    outer.stdout?.once('data', () => up());
    outer.once('exit', (code) => down(new Error(`the box did not come up: ${code}`)));
  });
  const children = await readFile(`/proc/${outer.pid}/task/${outer.pid}/children`, 'utf8');
  return { outer, pid: Number(children.trim()) };
}

async function halt({ outer, pid }: Holder): Promise<void> {
  const gone = new Promise((done) => outer.once('exit', done));
  process.kill(pid, 'SIGKILL');
  await gone;
}
