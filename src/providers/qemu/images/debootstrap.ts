import { chmod } from 'node:fs/promises';
import { tool } from '../tools.js';
import { isRoot } from './ext4.js';
import { ticking } from './ticking.js';
import type { BuildContext } from './types.js';

interface Tree {
  readonly suite: string;
  readonly packages: readonly string[];
  /** `extract` unpacks without installing; `minbase` makes a system. */
  readonly variant: 'extract' | 'minbase';
  readonly into: string;
}

/** Fetches Debian packages into a directory tree with mmdebstrap. */
export async function debootstrap(tree: Tree, context: BuildContext): Promise<void> {
  const sources = await sourcesFor(tree.suite);
  const args = [
    // Unpacking needs no rights; installing runs the packages' scripts in a chroot.
    `--mode=${isRoot() ? 'root' : 'chrootless'}`,
    `--variant=${tree.variant}`,
    '--format=directory',
    '--components=main',
    `--include=${tree.packages.join(',')}`,
    '--skip=cleanup/apt',
    '--aptopt=Apt::Install-Recommends "false"',
    '--aptopt=Acquire::Languages "none"',
    '--dpkgopt=path-exclude=/usr/share/doc/*',
    '--dpkgopt=path-exclude=/usr/share/man/*',
    '--dpkgopt=path-exclude=/usr/share/locale/*',
    '--dpkgopt=force-unsafe-io',
    tree.suite,
    tree.into,
    ...sources,
  ];
  await ticking(context, (signal) => tool('mmdebstrap', args, { signal }));
  await chmod(tree.into, 0o755);
}

/** The mirrors of this host's own apt where it knows the suite, Debian's otherwise. */
async function sourcesFor(suite: string): Promise<string[]> {
  const own = await ownMirrors();
  const main = own.get(suite) ?? 'http://deb.debian.org/debian';
  const security = own.get(`${suite}-security`) ?? 'http://deb.debian.org/debian-security';
  const lines = [`deb ${main} ${suite} main`];
  if (suite !== 'sid' && suite !== 'unstable') lines.push(`deb ${security} ${suite}-security main`);
  return lines;
}

async function ownMirrors(): Promise<Map<string, string>> {
  const format = '$(REPO_URI) $(CODENAME)';
  const text = await tool('apt-get', [
    'indextargets',
    '--format',
    format,
    'Component: main',
    'Origin: Debian',
  ]).catch(() => '');
  const pairs = text
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter((pair) => pair.length === 2);
  return new Map(pairs.map(([uri, codename]) => [codename ?? '', uri ?? ''] as const));
}
