import type { Manifest, ManifestGroup, ManifestImage } from '../manifest/types.js';
import { existingShape, type ImageSpec, type MachineShape } from '../model/index.js';
import { type DeclaredMachine, sortedEntries } from './machines.js';

/** What a provider is asked to make for a machine; lists are sorted by name. */
export function shapeOf(manifest: Manifest, group: ManifestGroup, machine: DeclaredMachine): MachineShape {
  if (machine.existing) return existingShape;
  return {
    ...group.size,
    image: imageOf(group.image, manifest.images[group.image]),
    disks: sortedEntries(group.disks).map(([name, disk]) => ({ name, ...disk })),
    nics: Object.entries(machine.addresses).map(([network, address]) => ({
      network,
      cidr: manifest.networks[network]?.cidr ?? '',
      address,
    })),
    publish: [...group.publish].sort((a, b) => a - b),
  };
}

/** An image that isn't declared is the manifest's to report. */
function imageOf(name: string, image: ManifestImage | undefined): ImageSpec {
  if (!image) return { name, kind: 'micro' };
  if ('url' in image) return { name, kind: 'url', ...image };
  if ('path' in image) return { name, kind: 'path', ...image };
  if ('micro' in image.build) return { name, kind: 'micro' };
  return { name, kind: 'build', suite: image.build.suite, include: [...image.build.include].sort() };
}
