import { copyFile, link, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../tools.js';
import { debootstrap } from './debootstrap.js';
import { ensureEntry } from './entry.js';
import { buildDir, guestDir, partPackages, partsRecipe } from './recipe.js';
import type { BuildContext } from './types.js';

/** Kernel, initramfs, modules and static programs of a suite, shared by all images of it; gives the folder. */
export function ensureParts(suite: string, context: BuildContext): Promise<string> {
  return ensureEntry(partsRecipe(suite), `${suite} kernel`, context, async (into) => {
    context.progress({ step: `fetching the ${suite} kernel and busybox` });
    const tree = join(into, 'tree');
    await debootstrap({ suite, packages: partPackages, variant: 'extract', into: tree }, context);
    await tool('sh', [join(buildDir, 'parts.sh'), tree, into, guestDir], { signal: context.signal });
    await rm(tree, { recursive: true, force: true });
    return { seed: 'millwright', init: 'unknown', directKernel: true, virtualMiB: 0 };
  });
}

/** Puts the shared kernel and initramfs beside an image's disk. */
export async function addKernel(parts: string, into: string): Promise<void> {
  for (const name of ['vmlinuz', 'initrd']) {
    await link(join(parts, name), join(into, name)).catch(() =>
      copyFile(join(parts, name), join(into, name)),
    );
  }
}
