import { rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../tools.js';

export const isRoot = (): boolean => process.getuid?.() === 0;

/** Turns a directory tree into `into/disk.qcow2` with a journalled ext4, without loop device or mount. */
export async function packDisk(
  root: string,
  into: string,
  sizeMiB: number,
  signal?: AbortSignal,
): Promise<void> {
  const raw = join(into, 'disk.raw');
  await writeFile(raw, '');
  await truncate(raw, sizeMiB * 1024 * 1024);
  const options = 'lazy_itable_init=0,lazy_journal_init=1,nodiscard,root_owner=0:0';
  const format = [
    '-q',
    '-F',
    '-t',
    'ext4',
    '-O',
    '^metadata_csum',
    '-E',
    options,
    '-L',
    'root',
    '-d',
    root,
    raw,
  ];
  // Whoever builds, root owns what is in the image.
  if (isRoot()) await tool('mke2fs', format, { signal });
  else await tool('fakeroot', ['mke2fs', ...format], { signal });
  await tool('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, join(into, 'disk.qcow2')], { signal });
  await rm(raw);
}

/** MiB that a tree takes on disk. */
export async function treeMiB(root: string): Promise<number> {
  return Number((await tool('du', ['-sm', '--apparent-size', root])).split('\t')[0]);
}
