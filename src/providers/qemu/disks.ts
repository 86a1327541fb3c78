import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DiskSpec, MachineShape } from '../../model/index.js';
import { failure } from './fail.js';
import { makeOnce } from './files.js';
import type { Image } from './images/types.js';
import type { Layout } from './layout.js';
import type { Inventory } from './record.js';
import { tool } from './tools.js';

/** Makes the root overlay and the data disks that aren't there; gives the paths of the data disks. */
export async function ensureDisks(layout: Layout, inventory: Inventory, image: Image): Promise<string[]> {
  const { files, record } = inventory;
  const { shape } = record.request;
  const overlay = ['-b', image.disk, '-F', 'qcow2'];
  await makeOnce(files.disk, (path) => createDisk(path, shape.diskMiB, overlay));
  const paths = shape.disks.map((disk) => dataDiskPath(layout, inventory, disk));
  for (const [i, path] of paths.entries()) {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await makeOnce(path, (temporary) => createDisk(temporary, shape.disks[i]?.sizeMiB ?? 0));
  }
  return paths;
}

const createDisk = (path: string, sizeMiB: number, more: readonly string[] = []) =>
  tool('qemu-img', ['create', '-q', '-f', 'qcow2', ...more, path, `${sizeMiB}M`]);

function dataDiskPath(layout: Layout, { files, record }: Inventory, disk: DiskSpec): string {
  return disk.keep
    ? join(layout.keptDisks(record.machineId), `${disk.name}.qcow2`)
    : files.dataDisk(disk.name);
}

/** Refuses a shape that an image can't carry, before anything is made. */
export function refuseUnfit(image: Image, { image: spec, diskMiB, disks }: MachineShape): void {
  if (diskMiB < image.meta.virtualMiB) {
    throw unfit(`a disk of ${diskMiB} MiB is too small for image ${spec.name}`, {
      remedy: `make it at least ${image.meta.virtualMiB}MiB`,
    });
  }
  const xfs = disks.find((disk) => disk.filesystem === 'xfs');
  const lacksXfs = spec.kind === 'micro' || (spec.kind === 'build' && !spec.include.includes('xfsprogs'));
  if (xfs && lacksXfs) {
    throw unfit(`image ${spec.name} can't format disk ${xfs.name} with xfs`, {
      remedy: 'use ext4, or an image built with `include: [xfsprogs]`',
    });
  }
}

const unfit = (message: string, { remedy }: { remedy: string }) =>
  failure('MW-IMAGE-UNFIT', message, { cause: 'change', remedy });
