import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatProblems, type LoadedFleet, type LoadResult, loadFleet } from '../../../src/manifest/index.js';

export const shopDir = fileURLToPath(new URL('../../../examples/shop', import.meta.url));
export const fixturesDir = fileURLToPath(new URL('../../fixtures/manifests', import.meta.url));

/** The fleet of a directory, or an error that shows every problem. */
export async function loaded(dir: string, environment?: string): Promise<LoadedFleet> {
  const result = await loadFleet({ dir, environment });
  if (!result.ok) throw new Error(formatProblems(result.problems, result.files));
  return result.fleet;
}

/** What `validate` would print of a directory. */
export async function complaints(dir: string, environment?: string): Promise<string> {
  const result = await loadFleet({ dir, environment });
  return result.ok ? 'no problems\n' : formatProblems(result.problems, result.files);
}

/** Runs `use` with a directory of these files, and removes it. */
export async function withFiles<T>(
  files: Readonly<Record<string, string | Uint8Array>>,
  use: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'mw-manifest-'));
  try {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(dir, path)), { recursive: true });
      await writeFile(join(dir, path), content);
    }
    return await use(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

export const loadFiles = (files: Readonly<Record<string, string | Uint8Array>>): Promise<LoadResult> =>
  withFiles(files, (dir) => loadFleet({ dir }));

/** The least that loads; sections of a test are appended. */
export const minimal = `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
environments: {dev: {default: true}}
`;
