import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';

export const hasCode = (error: unknown, ...codes: string[]): boolean =>
  codes.includes((error as NodeJS.ErrnoException)?.code ?? '');

export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error) => {
      if (hasCode(error, 'ENOENT', 'ENOTDIR')) return false;
      throw error;
    },
  );

/** The file's text, or undefined when there is none. */
export const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').catch((error) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });

export const beside = (path: string): string => `${path}.${randomBytes(6).toString('hex')}.tmp`;

/** Replaces a file so that a reader, or a power cut, meets the old text or the new one. */
export async function writeWhole(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = beside(path);
  await writeSynced(temporary, data, mode);
  await rename(temporary, path);
}

/** Writes a file unless there is one; the first of two writers wins. */
export async function writeOnce(path: string, data: string | Uint8Array, mode = 0o600): Promise<void> {
  await makeOnce(path, (temporary) => writeSynced(temporary, data, mode));
}

/** Makes a file beside its place and links it there unless something is there already. */
export async function makeOnce(path: string, make: (temporary: string) => Promise<unknown>): Promise<void> {
  if (await exists(path)) return;
  const temporary = beside(path);
  try {
    await make(temporary);
    await link(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

export async function writeSynced(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** The last `maxBytes` of a file; empty when there is none. */
export async function tail(path: string, maxBytes: number): Promise<string> {
  const file = await open(path, 'r').catch((error) => {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  });
  if (!file) return '';
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - maxBytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.subarray(0, bytesRead).toString('utf8');
  } finally {
    await file.close();
  }
}
