import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { execa } from 'execa';
import { instanceId } from '../../../src/model/index.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { createSshPool, generateEd25519 } from '../../../src/ssh/index.js';
import { Operator } from '../providers/guest.js';
import { temporarySite } from '../providers/site.js';
import { type Box, type BoxKind, openBox } from '../runner/box.js';
import type { Place } from './case.js';

/** What the driver needs of a place: programs, files, and what its file system looks like. */
export interface Machine extends Pick<Box, 'exec' | 'sh' | 'put' | 'close'> {
  /** One line per file: path, type, mode, owner, size, times of content and inode, inode, target of a link. */
  files(): Promise<ReadonlySet<string>>;
}

export const openMachine = (place: Place): Promise<Machine> =>
  place === 'vm' ? bootDebian() : openInside(place);

/** Our own state, and what a machine writes by itself. */
const noise = [
  'proc',
  'sys',
  'dev',
  'run',
  'tmp',
  'var/tmp',
  'var/log',
  'var/lib/systemd',
  'var/lib/millwright',
];

/** Prints a line per file below `dir` (no slash at its end), times of directories above noise left out. */
const listing = (dir: string): string[] => [
  ...['find', `${dir}/`, '-xdev', '('],
  ...noise.flatMap((name, index) => [...(index > 0 ? ['-o'] : []), '-path', `${dir}/${name}`]),
  ...[
    ')',
    '-prune',
    '-o',
    '(',
    '-path',
    `${dir}/var/lib`,
    '-o',
    '-path',
    `${dir}/var`,
    '-o',
    '-path',
    `${dir}/`,
  ],
  ...[')', '-o', '-printf', '%p|%y|%m|%U:%G|%s|%T@|%C@|%i|%l\\n'],
];

const lines = (text: string): ReadonlySet<string> => new Set(text.split('\n'));

async function openInside(kind: BoxKind): Promise<Machine> {
  const box = await openBox(kind);
  // Under an overlay, what was ever written lies in its upper folder.
  const dir = kind === 'busybox' ? box.root : join(box.root, '../store/upper');
  return {
    ...box,
    async files() {
      const [find = '', ...args] = listing(dir);
      return lines((await execa(find, args)).stdout.replaceAll(dir, ''));
    },
  };
}

/** A real Debian machine of a site of its own, spoken to over real SSH on one connection. */
async function bootDebian(): Promise<Machine> {
  const { remove, ...site } = temporarySite();
  const provider = createQemuProvider(site);
  const operator = await Operator.create();
  const login = generateEd25519('resources');
  const ref = { fleet: 'life', fleetUid: randomUUID(), environment: 'test', machine: 'vm-1' };
  const instance = instanceId(ref, 'C1');
  const image = { name: 'debian12', kind: 'build', suite: 'bookworm', include: [] } as const;
  const shape = { cpus: 2, memoryMiB: 512, diskMiB: 4096, image, disks: [], nics: [], publish: [] };
  const loginKeys = [operator.publicKey, login.publicKey];
  const request = { ref, instance, shape, protect: false, loginKeys };
  const dismantle = async (): Promise<void> => {
    await provider.destroy(instance, { force: true });
    await remove();
  };
  const made = await provider.create(request, () => undefined, new AbortController().signal);
  try {
    await booted(() => operator.run(provider, made, 'systemctl is-system-running --wait || true'));
  } catch (error) {
    await dismantle();
    throw error;
  }
  const pool = createSshPool();
  const { host, port } = await provider.reach(instance, 22);
  const to = {
    host,
    port,
    user: 'root',
    hostKey: made.hostKey,
    privateKey: login.privateKey,
    poolKey: instance,
  };
  const exec: Machine['exec'] = async (argv, stdin = '') => {
    const done = await pool.withSession(to, (session) => session.exec(argv, { stdin, maxBytes: 64 << 20 }));
    return { code: done.code ?? -1, stdout: done.stdout, stderr: done.stderr };
  };
  const sh = async (script: string): Promise<string> => {
    const { code, stdout, stderr } = await exec(['sh', '-c', script]);
    if (code !== 0) throw new Error(`${script}\nexited ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    ...{ exec, sh },
    put: (path, bytes, mode = '600') =>
      pool.withSession(to, async (session) => {
        await session.exec(['mkdir', '-p', path.slice(0, path.lastIndexOf('/'))]);
        await session.upload(path, Buffer.from(bytes), mode);
      }),
    files: async () => lines((await exec(listing(''))).stdout),
    async close() {
      await pool.close();
      await dismantle();
    },
  };
}

/** A machine in software emulation, beside whatever else this host does, may need more than one wait. */
async function booted(look: () => Promise<unknown>, waits = 4): Promise<void> {
  for (let wait = 1; ; wait++) {
    try {
      await look();
      return;
    } catch (error) {
      if (wait === waits) throw error;
    }
  }
}
