import { join } from 'node:path';
import { execa } from 'execa';
import { type Box, type BoxKind, openBox } from '../runner/box.js';
import type { Place } from './case.js';
import { bootVm, rootOn } from './vm.js';

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
export const listing = (dir: string): string[] => [
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

export const lines = (text: string): ReadonlySet<string> => new Set(text.split('\n'));

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

/** A real Debian machine, spoken to over real SSH on one connection. */
async function bootDebian(): Promise<Machine> {
  const vm = await bootVm();
  const root = rootOn(vm);
  return {
    ...root,
    files: async () => lines((await root.exec(listing(''))).stdout),
    async close() {
      await root.close();
      await vm.close();
    },
  };
}
