import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../model/index.js';
import { checkedPrefix, digestBytes, findLimit, toBytes } from './digest.js';
import { corrupt, missing, unavailable } from './errors.js';
import type { MigratableStore } from './port.js';

/**
 * A store in a directory, made by its first write: `<root>/sha256/ab/cdef…`, files 0600, for the processes of one user
 * on one machine.
 */
export function directoryStore(root: string): MigratableStore {
  const objects = join(root, 'sha256');
  const fileOf = (digest: Digest) => join(objects, digest.slice(0, 2), digest.slice(2));
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw codeOf(error) === undefined ? error : unavailable(root, error);
    }
  };
  return {
    put: (content) => guard(() => putFile(fileOf, toBytes(content))),
    get: (digest) => guard(() => getFile(root, fileOf(digest), digest)),
    has: (digest) => guard(() => exists(fileOf(digest))),
    find: (prefix) => guard(() => findFiles(objects, checkedPrefix(prefix))),
    pendingMigrations: async () => [],
    migrate: async () => [],
    close: async () => {},
  };
}

async function putFile(fileOf: (digest: Digest) => string, bytes: Uint8Array): Promise<Digest> {
  const digest = digestBytes(bytes);
  const file = fileOf(digest);
  if (await exists(file)) return digest;
  const folder = dirname(file);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  if (made) await syncFolder(dirname(folder));
  await writeWhole(folder, file, bytes);
  await syncFolder(folder);
  return digest;
}

/** Readers see the whole file or none; two writers of the same bytes rename one over the other. */
async function writeWhole(folder: string, file: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(folder, `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const handle = await open(temporary, 'wx', 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Without it the new name may be lost with the power although the bytes are safe. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

async function getFile(root: string, file: string, digest: Digest): Promise<Uint8Array> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw codeOf(error) === 'ENOENT' ? missing(digest, root) : error;
  });
  const found = digestBytes(bytes);
  if (found !== digest) throw corrupt(digest, found, file);
  return bytes;
}

async function findFiles(objects: string, prefix: string): Promise<Digest[]> {
  const [folder, rest] = [prefix.slice(0, 2), prefix.slice(2)];
  const names = await readdir(join(objects, folder)).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  });
  const matching = names.filter((name) => name.startsWith(rest) && /^[0-9a-f]{62}$/.test(name));
  return matching
    .sort()
    .slice(0, findLimit)
    .map((name) => folder + name);
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
