import { mkdir, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import type { Box } from '../integration/runner/box.js';

const packages = ['openrc', 'librc1', 'libeinfo1', 'insserv'];
const cache = join(tmpdir(), 'millwright-test', 'openrc');

/**
 * Debian's OpenRC at work in a box. Installed on the machine that runs the tests it would take the place of its init
 * scripts, so the packages are only unpacked, into the box.
 */
export async function bootOpenrc(box: Box): Promise<void> {
  await mkdir(cache, { recursive: true });
  const there = (await readdir(cache)).filter((name) => name.endsWith('.deb'));
  const missing = packages.filter((name) => !there.some((file) => file.startsWith(`${name}_`)));
  if (missing.length > 0) await download(missing);
  for (const file of (await readdir(cache)).filter((name) => name.endsWith('.deb'))) {
    await box.put('/root/openrc.deb', await readFile(join(cache, file)));
    await box.sh('dpkg-deb --fsys-tarfile /root/openrc.deb | tar -x --keep-directory-symlink -C /');
  }
  await box.sh('ldconfig; { openrc sysinit && openrc boot && openrc default; } >/dev/null 2>&1');
}

/** A machine that just began to run tests may have no package lists yet. */
async function download(names: readonly string[]): Promise<void> {
  const fetch = () => execa('apt-get', ['-q', 'download', ...names], { cwd: cache });
  await fetch().catch(async () => {
    await execa('apt-get', ['-q', 'update']);
    await fetch();
  });
}
