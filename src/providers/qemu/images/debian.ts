import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ImageSpec } from '../../../model/index.js';
import { failure } from '../fail.js';
import { tool } from '../tools.js';
import { debootstrap } from './debootstrap.js';
import { isRoot, packDisk, treeMiB } from './ext4.js';
import { addKernel, ensureParts } from './parts.js';
import { basePackages, buildDir, guestDir } from './recipe.js';
import type { BuildContext, Made } from './types.js';

type BuildSpec = Extract<ImageSpec, { kind: 'build' }>;

/** A real Debian with systemd and sshd, trimmed to boot fast, made by mmdebstrap. */
export async function buildDebian(spec: BuildSpec, into: string, context: BuildContext): Promise<Made> {
  const { progress, signal } = context;
  if (!isRoot()) throw needsRoot(spec.name);
  const parts = await ensureParts(spec.suite, context);
  progress({
    step: `building image ${spec.name}: installing Debian ${spec.suite} (about two minutes)`,
    percent: 10,
  });
  const root = join(into, 'root');
  const packages = [...new Set([...basePackages, ...spec.include])];
  await debootstrap({ suite: spec.suite, packages, variant: 'minbase', into: root }, context);
  progress({ step: `building image ${spec.name}: preparing it`, percent: 80 });
  await tool('sh', [join(buildDir, 'debian.sh'), root, parts, guestDir], { signal });
  const sizeMiB = roomFor(await treeMiB(root));
  progress({ step: `building image ${spec.name}: packing the disk`, percent: 90 });
  await packDisk(root, into, sizeMiB, signal);
  await rm(root, { recursive: true });
  await addKernel(parts, into);
  return { seed: 'millwright', init: 'systemd', directKernel: true, virtualMiB: sizeMiB };
}

/** Some room to boot and write logs in; the first boot grows it to the machine's disk. */
const roomFor = (treeMiB: number): number => Math.ceil((treeMiB * 1.15 + 160) / 128) * 128;

const needsRoot = (name: string) =>
  failure(
    'MW-IMAGE-ROOT',
    `building image ${name} runs the packages' scripts in a chroot, which needs root`,
    {
      remedy: 'run the worker of this site as root, or name a ready image by `path` or `url`',
    },
  );
