import { join } from 'node:path';
import { instanceKey, sha256Hex } from '../../model/index.js';
import type { Monitors } from './qmp.js';

/** Where everything of a site lies on its host. Socket paths have a limit of 107 bytes, hence the short keys. */
export interface Layout {
  readonly state: string;
  readonly site: string;
  readonly accelerator: string;
  readonly images: string;
  readonly instances: string;
  readonly disks: string;
  /** One lock per machine: two changes of one machine can't pass each other either. */
  lock(machineId: string): string;
  tombstone(instance: string): string;
  /** Disks that outlive their instances. */
  keptDisks(machineId: string): string;
  instance(instance: string): InstanceFiles;
}

export interface InstanceFiles {
  readonly dir: string;
  /** What was asked for; only its shape is ever replaced. */
  readonly record: string;
  readonly hostKey: string;
  readonly disk: string;
  readonly seed: string;
  /** Process and ports of the QEMU that runs. */
  readonly running: string;
  readonly protect: string;
  /** Which snapshot the machine is being put back to; gone once it is. */
  readonly restoring: string;
  readonly snapshots: string;
  readonly console: string;
  readonly monitors: Monitors;
  readonly pid: string;
  dataDisk(name: string): string;
  snapshot(name: string): string;
}

export const machineIdOf = (instance: string): string => instance.slice(0, instance.lastIndexOf('@'));

/** Folders of instances and of machines are called by their keys. */
export const isKey = (name: string): boolean => /^[0-9a-f]{16}$/.test(name);

const machineKey = (machineId: string): string => sha256Hex(machineId).slice(0, 16);

export function layoutOf(state: string, images = join(state, 'images')): Layout {
  const instances = join(state, 'instances');
  const disks = join(state, 'disks');
  return {
    state,
    site: join(state, 'site.json'),
    accelerator: join(state, 'accelerator.json'),
    images,
    instances,
    disks,
    lock: (machineId) => join(state, 'locks', machineKey(machineId)),
    tombstone: (instance) => join(state, 'tombstones', `${instanceKey(instance)}.json`),
    keptDisks: (machineId) => join(disks, machineKey(machineId)),
    instance: (instance) => filesIn(join(instances, instanceKey(instance))),
  };
}

export const filesIn = (dir: string): InstanceFiles => ({
  dir,
  record: join(dir, 'instance.json'),
  hostKey: join(dir, 'host_key'),
  disk: join(dir, 'disk.qcow2'),
  seed: join(dir, 'seed'),
  running: join(dir, 'running.json'),
  protect: join(dir, 'protect'),
  restoring: join(dir, 'restoring'),
  snapshots: join(dir, 'snapshots'),
  console: join(dir, 'console.log'),
  monitors: ['qmp.sock', 'qmp-2.sock', 'qmp-3.sock'].map((name) => join(dir, name)),
  pid: join(dir, 'qemu.pid'),
  dataDisk: (name) => join(dir, `data-${name}.qcow2`),
  snapshot: (name) => join(dir, 'snapshots', `${name}.json`),
});
