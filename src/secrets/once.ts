import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillwrightError } from '../model/index.js';

type Files = Readonly<Record<string, string>>;

/**
 * The text of the named files of a folder. The first caller makes them all at once from `make`; whoever comes at the
 * same moment, in this process or another, gets the same ones.
 */
export async function readOrMake(dir: string, names: readonly string[], make: () => Files): Promise<Files> {
  if (!(await exists(dir))) await makeOnce(dir, make());
  const texts = await Promise.all(names.map(async (name) => [name, await readPrivate(join(dir, name))]));
  return Object.fromEntries(texts);
}

/** A folder that exists can't be renamed over unless it is empty: exactly one of those who race wins. */
async function makeOnce(dir: string, files: Files): Promise<void> {
  await mkdir(dirname(dir), { recursive: true, mode: 0o700 });
  const draft = `${dir}.${randomBytes(6).toString('hex')}`;
  await mkdir(draft, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) await writeDurably(join(draft, name), text);
  try {
    await rename(draft, dir);
    await syncFolder(dirname(dir));
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

async function readPrivate(path: string): Promise<string> {
  try {
    const { mode } = await stat(path);
    if ((mode & 0o077) !== 0) throw new Error(`its mode is ${(mode & 0o777).toString(8).padStart(4, '0')}`);
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(path, error as Error);
  }
}

const unusable = (path: string, error: Error) =>
  new MillwrightError(
    {
      code: 'MW-KEYSTORE-UNUSABLE',
      cause: 'infrastructure',
      message: `The key ${path} can't be used: ${error.message}.`,
      remedy: `Restore it from a backup, or make it private: chmod 600 ${path}`,
    },
    false,
    { cause: error },
  );
