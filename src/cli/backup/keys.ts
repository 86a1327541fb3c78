import { mkdir, open, readdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Entry } from './archive.js';

/** Every key of a keystore, by its path in it, e.g. `login/id_ed25519`; none where there is no keystore yet. */
export async function readKeys(dir: string): Promise<Entry[]> {
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const keys: Entry[] = [];
  // A folder with a dot is a draft that somebody's crash left.
  for (const folder of names.filter((name) => !name.includes('.')).sort())
    for (const name of (await readdir(join(dir, folder))).sort())
      if (isKeyName(`${folder}/${name}`) && (await stat(join(dir, folder, name))).isFile())
        keys.push({ name: `${folder}/${name}`, bytes: await readFile(join(dir, folder, name)) });
  return keys;
}

/** Names of keys that are in both and differ: one half of them opens no door that the other half made. */
export function conflicts(here: readonly Entry[], there: readonly Entry[]): string[] {
  const ours = new Map(here.map((one) => [one.name, one.bytes]));
  return there.flatMap(({ name, bytes }) => {
    const mine = ours.get(name);
    return mine !== undefined && !mine.equals(bytes) ? [name] : [];
  });
}

/** Names that lead out of the keystore, or are none of a key, are nobody's honest backup. */
export const isKeyName = (name: string): boolean =>
  /^[A-Za-z0-9_-]+\/[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name);

/** Puts the whole keystore aside, under a name that says when; undefined where there is none. */
export async function putAside(dir: string, now: Date): Promise<string | undefined> {
  const aside = `${dir}.before-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  try {
    await rename(dir, aside);
    return aside;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Writes those that aren't there, 0600 and durably; what is there already stays. The answer names what was written. */
export async function writeKeys(dir: string, keys: readonly Entry[]): Promise<string[]> {
  const written: string[] = [];
  for (const { name, bytes } of keys) {
    const path = join(dir, name);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    try {
      const file = await open(path, 'wx', 0o600);
      await file.writeFile(bytes);
      await file.sync().finally(() => file.close());
      written.push(name);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
  return written;
}
