import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { nearest } from '../suggest.js';
import type { Problem } from '../types.js';
import { MAX_FILE_BYTES, tooLarge } from './text.js';

export type Why = Pick<Problem, 'message' | 'remedy'>;
export type FileRead = { readonly bytes: Uint8Array; readonly real: string } | { readonly why: Why };

/** Reads a file of the fleet: a relative path that stays inside `dir`, also through symlinks; regular, `most` bytes. */
export async function readInside(dir: string, path: string, most = MAX_FILE_BYTES): Promise<FileRead> {
  const found = await resolveInside(dir, path);
  if ('why' in found) return found;
  try {
    return await readRegular(path, found.real, most);
  } catch (error) {
    return { why: await unreadable(dir, path, error) };
  }
}

/** Where a relative path really leads: inside `dir`, or why not. */
export async function resolveInside(
  dir: string,
  path: string,
): Promise<{ readonly real: string } | { readonly why: Why }> {
  const refused = refusedPath(path);
  if (refused) return { why: refused };
  try {
    const root = await realpath(dir);
    const real = await realpath(join(root, path));
    return leaves(root, real) ? { why: outside(path, real) } : { real };
  } catch (error) {
    return { why: await unreadable(dir, path, error) };
  }
}

function refusedPath(path: string): Why | undefined {
  const inside = 'Files of a fleet lie in its directory; name them by their path from fleet.yaml.';
  if (path === '') return { message: 'An empty path names no file.', remedy: inside };
  if (path.includes('${'))
    return { message: `"${path}": the path of a file is fixed and holds no expression.` };
  if (path.includes('\\')) return { message: `"${path}" has a backslash; paths are written with "/".` };
  if (isAbsolute(path)) return { message: `"${path}" is an absolute path.`, remedy: inside };
  if (path.split('/').includes('..'))
    return { message: `"${path}" leads upwards with "..".`, remedy: inside };
  return undefined;
}

function leaves(root: string, real: string): boolean {
  const way = relative(root, real);
  return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way);
}

const outside = (path: string, real: string): Why => ({
  message: `"${path}" is a link to ${real}, outside the fleet's directory.`,
  remedy: 'Copy the file into the fleet.',
});

/** Looks before it opens: opening a FIFO or a device could block for ever. */
async function readRegular(path: string, real: string, most: number): Promise<FileRead> {
  const found = await stat(real);
  if (!found.isFile()) return { why: { message: `"${path}" is not a regular file.` } };
  if (found.size > most) return { why: tooLarge(found.size, most) };
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const buffer = new Uint8Array(Math.min(found.size, most) + 1);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return { bytes: buffer.slice(0, bytesRead), real };
  } finally {
    await handle.close();
  }
}

export async function unreadable(dir: string, path: string, error: unknown): Promise<Why> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return { message: `"${path}" cannot be read: ${code}.` };
  const neighbours = await readdir(join(dir, dirname(path))).catch(() => []);
  const near = nearest(basename(path), neighbours);
  const remedy = near ? `Did you mean "${join(dirname(path), near)}"?` : undefined;
  return { message: `There is no file "${path}".`, remedy };
}
