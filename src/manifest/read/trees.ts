import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { TreeFile } from '../types.js';
import { readInside, resolveInside, unreadable, type Why } from './files.js';
import { MAX_SOURCE_BYTES } from './text.js';

/** Most files of a folder that a fleet carries. */
const MAX_TREE_FILES = 2_000;

export type TreeRead = { readonly files: readonly TreeFile[] } | { readonly why: Why };

/** Reads a folder of the fleet, sorted by path. Links are taken as the files they lead to, which lie in the fleet too. */
export async function readTree(dir: string, path: string): Promise<TreeRead> {
  const top = await resolveInside(dir, path);
  if ('why' in top) return top;
  try {
    if (!(await lstat(top.real)).isDirectory()) return { why: { message: `"${path}" is not a folder.` } };
    return await readMembers(dir, path, await membersOf(top.real));
  } catch (error) {
    return { why: await unreadable(dir, path, error) };
  }
}

/** Paths of all that isn't a folder, relative to the folder. */
async function membersOf(real: string): Promise<string[]> {
  const entries = await readdir(real, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(real.length + 1));
  return paths.sort();
}

async function readMembers(dir: string, path: string, members: readonly string[]): Promise<TreeRead> {
  if (members.length > MAX_TREE_FILES) return { why: tooMany(path, members.length) };
  const files: TreeFile[] = [];
  let size = 0;
  for (const member of members) {
    const whole = `${path}/${member}`;
    if (/[\u0000-\u001f\u007f\ufffd]/.test(member)) return { why: oddName(whole) };
    const read = await readInside(dir, whole, MAX_SOURCE_BYTES);
    if ('why' in read) return read;
    size += read.bytes.length;
    if (size > MAX_SOURCE_BYTES) return { why: tooMuch(path) };
    files.push({
      path: member,
      executable: ((await lstat(read.real)).mode & 0o100) !== 0,
      bytes: read.bytes,
    });
  }
  return { files };
}

const tooMany = (path: string, count: number): Why => ({
  message: `"${path}" has ${count} files: a folder of a fleet has at most ${MAX_TREE_FILES}.`,
  remedy: 'Pack them into one `archive`, or let machines fetch them themselves.',
});

const tooMuch = (path: string): Why => ({
  message: `"${path}" holds more than ${MAX_SOURCE_BYTES} bytes, the most that a folder of a fleet may.`,
  remedy: 'Let machines fetch large content themselves, with `download` or `archive`.',
});

const oddName = (path: string): Why => ({
  message: `${JSON.stringify(path)} has a control character in its name, or is not UTF-8.`,
  remedy: 'Rename the file.',
});
