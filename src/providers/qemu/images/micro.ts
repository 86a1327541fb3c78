import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tool } from '../tools.js';
import { packDisk } from './ext4.js';
import { addKernel, ensureParts } from './parts.js';
import { buildDir, guestDir, microSuite } from './recipe.js';
import type { BuildContext, Made } from './types.js';

const SIZE_MIB = 64;

/** busybox, dropbear and our seed reader: about 2.5 s to a login even where nothing is accelerated. */
export async function buildMicro(into: string, context: BuildContext): Promise<Made> {
  const parts = await ensureParts(microSuite, context);
  context.progress({ step: 'building image micro' });
  const root = join(into, 'root');
  await tool('sh', [join(buildDir, 'micro.sh'), parts, root, guestDir], { signal: context.signal });
  await packDisk(root, into, SIZE_MIB, context.signal);
  await rm(root, { recursive: true });
  await addKernel(parts, into);
  return { seed: 'millwright', init: 'micro', directKernel: true, virtualMiB: SIZE_MIB };
}
