import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, hasCode, writeWhole } from '../files.js';
import { withLock } from '../lock.js';
import type { BuildContext, ImageMeta, Made } from './types.js';

type Builder = (into: string) => Promise<Made>;

/** Runs `build` once for `recipe` into a folder that appears whole or not at all. */
export async function ensureEntry(
  recipe: string,
  name: string,
  context: BuildContext,
  build: Builder,
): Promise<string> {
  const dir = join(context.cache, recipe);
  if (await exists(join(dir, 'meta.json'))) return dir;
  await mkdir(context.cache, { recursive: true });
  const waiting = (holder: { pid: number } | undefined) =>
    context.progress({ step: `waiting for image ${name}, which process ${holder?.pid ?? '?'} builds` });
  const options = { signal: context.signal, waiting, patienceMs: 3_600_000 };
  await withLock(join(context.cache, `${recipe}.lock`), options, async () => {
    if (!(await exists(join(dir, 'meta.json')))) await buildInto(dir, recipe, name, context, build);
  });
  return dir;
}

async function buildInto(dir: string, recipe: string, name: string, context: BuildContext, build: Builder) {
  await removeLeftovers(context.cache, recipe);
  const temporary = `${dir}.${randomUUID().slice(0, 8)}.tmp`;
  await mkdir(temporary);
  const begun = Date.now();
  try {
    const made = await build(temporary);
    const meta = await describe(temporary, recipe, made, begun);
    await writeWhole(join(temporary, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`, 0o644);
    await rename(temporary, dir).catch(ignoreIfThere);
    context.progress({
      step: `image ${name}: ${size(meta.diskBytes)} in ${meta.buildSeconds} s`,
      percent: 100,
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function describe(dir: string, recipe: string, made: Made, begun: number): Promise<ImageMeta> {
  const disk = await stat(join(dir, 'disk.qcow2')).catch(() => undefined);
  return {
    ...made,
    recipe,
    build: randomUUID(),
    diskBytes: disk?.size ?? 0,
    buildSeconds: Math.round((Date.now() - begun) / 1000),
    builtAt: new Date().toISOString(),
  };
}

/** What a builder that died left: we hold its lock, so nobody works on it. */
async function removeLeftovers(cache: string, recipe: string): Promise<void> {
  const names = (await readdir(cache)).filter(
    (name) => name.startsWith(`${recipe}.`) && name.endsWith('.tmp'),
  );
  await Promise.all(names.map((name) => rm(join(cache, name), { recursive: true, force: true })));
}

function ignoreIfThere(error: unknown): void {
  if (!hasCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
}

const size = (bytes: number): string => `${Math.round(bytes / 1024 / 1024)} MiB`;
