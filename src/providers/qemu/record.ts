import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, instanceKey, type MachineShape, machineId, shapeDigest } from '../../model/index.js';
import type { CreateRequest } from '../port.js';
import { failure } from './fail.js';
import { beside, exists, hasCode, readText, writeSynced, writeWhole } from './files.js';
import { generateHostKey } from './hostkey.js';
import type { Image } from './images/types.js';
import { filesIn, type InstanceFiles, isKey, type Layout } from './layout.js';
import type { Held } from './lock.js';

/** What an instance is, in `instance.json`: written before anything else of it exists; only the shape changes later. */
export interface InstanceRecord {
  readonly v: 1;
  readonly request: CreateRequest;
  readonly machineId: string;
  readonly shape: Digest;
  /** OpenSSH public key line. */
  readonly hostKey: string;
  /** Cache folder and build of the image its disk is a clone of. */
  readonly image: { readonly dir: string; readonly build: string };
  readonly createdAt: string;
}

/** An instance as it lies on disk. */
export interface Inventory {
  readonly record: InstanceRecord;
  readonly files: InstanceFiles;
}

/** The instance's folder, made whole with record and host key unless it is there. */
export async function ensureInstance(
  layout: Layout,
  request: CreateRequest,
  image: Image,
): Promise<Inventory> {
  const files = layout.instance(request.instance);
  if (!(await exists(files.dir))) await makeInstance(files, request, image);
  return readInstance(files);
}

async function makeInstance(files: InstanceFiles, request: CreateRequest, image: Image): Promise<void> {
  const staged = filesIn(join(dirname(files.dir), `.${beside(instanceKey(request.instance))}`));
  await mkdir(staged.dir, { recursive: true, mode: 0o700 });
  try {
    const key = generateHostKey(request.ref.machine);
    const record: InstanceRecord = {
      v: 1,
      request,
      machineId: machineId(request.ref),
      shape: shapeDigest(request.shape),
      hostKey: key.publicLine,
      image: { dir: image.dir, build: image.meta.build },
      createdAt: new Date().toISOString(),
    };
    await writeSynced(staged.hostKey, key.openssh, 0o600);
    if (request.protect) await writeSynced(staged.protect, '', 0o600);
    await writeSynced(staged.record, text(record), 0o600);
    await rename(staged.dir, files.dir).catch((error) => {
      if (!hasCode(error, 'EEXIST', 'ENOTEMPTY')) throw error;
    });
  } finally {
    await rm(staged.dir, { recursive: true, force: true });
  }
}

/** Writes another shape down, so that a death leaves the old one or the new one. The machine must be off. */
export async function replaceShape(
  { record, files }: Inventory,
  shape: MachineShape,
  held: Held,
): Promise<Inventory> {
  const next: InstanceRecord = {
    ...record,
    request: { ...record.request, shape },
    shape: shapeDigest(shape),
  };
  await held.assert();
  await writeWhole(files.record, text(next));
  return { record: next, files };
}

const text = (record: InstanceRecord): string => `${JSON.stringify(record, null, 2)}\n`;

export async function readInstance(files: InstanceFiles): Promise<Inventory> {
  const written = await readText(files.record);
  if (written === undefined) {
    throw failure('MW-INSTANCE-ABSENT', `no instance in ${files.dir}`, { cause: 'machine' });
  }
  return { record: parse(written, files.record), files };
}

function parse(written: string, path: string): InstanceRecord {
  try {
    const record = JSON.parse(written) as InstanceRecord;
    if (record.v === 1 && record.request?.instance) return record;
  } catch {
    // Reported below, with the path.
  }
  throw failure('MW-INSTANCE-UNREADABLE', `${path} isn't an instance record of this version`);
}

export interface Listed {
  readonly instances: readonly Inventory[];
  /** Folders whose owner is not known. */
  readonly unreadable: readonly { readonly key: string; readonly reason: string }[];
}

/** Every instance folder of the site; what isn't called by a key is none. */
export async function listInstances(layout: Layout): Promise<Listed> {
  const names = await readdir(layout.instances).catch((error) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  const instances: Inventory[] = [];
  const unreadable: { key: string; reason: string }[] = [];
  for (const name of names.filter(isKey)) {
    const files = filesIn(join(layout.instances, name));
    try {
      instances.push(await readInstance(files));
    } catch (error) {
      if (await exists(files.dir)) unreadable.push({ key: name, reason: (error as Error).message });
    }
  }
  return { instances, unreadable };
}
