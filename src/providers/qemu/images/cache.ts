import { join } from 'node:path';
import type { ImageSpec } from '../../../model/index.js';
import { failure } from '../fail.js';
import { readText } from '../files.js';
import { buildDebian } from './debian.js';
import { ensureEntry } from './entry.js';
import { fetchForeign } from './foreign.js';
import { buildMicro } from './micro.js';
import { imageRecipe, notMade } from './recipe.js';
import type { BuildContext, Image, ImageMeta, Made } from './types.js';

/** The image of a spec, built or fetched first if it isn't in the cache; one builds, whoever else asks waits. */
export async function ensureImage(spec: ImageSpec, context: BuildContext): Promise<Image> {
  const recipe = await imageRecipe(spec);
  const dir = await ensureEntry(recipe, spec.name, context, (into) => make(spec, into, context));
  return readImage(dir);
}

/** Reads a finished cache entry. */
export async function readImage(dir: string): Promise<Image> {
  const text = await readText(join(dir, 'meta.json'));
  if (!text) {
    throw failure('MW-IMAGE-GONE', `the image ${dir} that machines are clones of is gone`, {
      remedy: 'restore the folder, or replace the machine',
    });
  }
  const meta = JSON.parse(text) as ImageMeta;
  const kernel = { vmlinuz: join(dir, 'vmlinuz'), initrd: join(dir, 'initrd') };
  return { dir, disk: join(dir, 'disk.qcow2'), kernel: meta.directKernel ? kernel : undefined, meta };
}

const make = (spec: ImageSpec, into: string, context: BuildContext): Promise<Made> => {
  if (spec.kind === 'micro') return buildMicro(into, context);
  if (spec.kind === 'build') return buildDebian(spec, into, context);
  if (spec.kind === 'existing') throw notMade();
  return fetchForeign(spec, into, context);
};
