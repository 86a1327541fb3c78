import { mkdir, readdir } from 'node:fs/promises';
import type { MachineShape } from '../../model/index.js';
import type { SnapshotInfo } from '../port.js';
import { chooseAccelerator } from './accelerator.js';
import { failure } from './fail.js';
import { hasCode, readText, writeWhole } from './files.js';
import type { InstanceFiles } from './layout.js';
import { type Monitors, qmp } from './qmp.js';
import type { Inventory } from './record.js';
import type { Site } from './site.js';
import { tool } from './tools.js';

/** What a snapshot is. Written when all of it is there and removed before any of it goes: without it there is none. */
export interface SnapshotRecord extends SnapshotInfo {
  readonly v: 1;
  /** Memory fits only into a machine like the one it was taken from. */
  readonly shape: MachineShape;
  /** QEMU's version and accelerator, e.g. `7.2 tcg`, as memory is theirs to read. */
  readonly qemu: string;
}

export async function readSnapshot(files: InstanceFiles, name: string): Promise<SnapshotRecord | undefined> {
  try {
    const record = JSON.parse((await readText(files.snapshot(name))) ?? 'null') as SnapshotRecord | null;
    return record?.v === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function writeSnapshot(files: InstanceFiles, record: SnapshotRecord): Promise<void> {
  await mkdir(files.snapshots, { recursive: true, mode: 0o700 });
  await writeWhole(files.snapshot(record.name), `${JSON.stringify(record, null, 2)}\n`);
}

export async function snapshotNames(files: InstanceFiles): Promise<string[]> {
  const names = await readdir(files.snapshots).catch((error) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  return names.filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length));
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** Names become file names and go to programs. */
export function assertName(name: string): void {
  if (NAME.test(name)) return;
  throw failure('MW-SNAPSHOT-NAME', `${JSON.stringify(name)} is no name for a snapshot`, {
    cause: 'change',
    remedy: 'use at most 63 letters, digits, dots, dashes and underscores, a letter or digit first',
  });
}

/** A disk with `keep` goes on when the rest goes back, so memory and the other disks would contradict it. */
export function refuseKeep({ record }: Inventory): void {
  const kept = record.request.shape.disks.find((disk) => disk.keep);
  if (!kept) return;
  throw failure(
    'MW-SNAPSHOT-KEEP',
    `${record.request.instance} has disk ${kept.name} with \`keep\`, which is never put back`,
    { cause: 'change', remedy: 'take a backup inside the machine, of the data on that disk' },
  );
}

/** The QEMU that runs an instance. */
export const runningQemu = (monitors: Monitors): Promise<string> =>
  qmp(monitors, async (command) => {
    type Version = { readonly qemu: { readonly major: number; readonly minor: number } };
    const { qemu } = (await command('query-version')) as Version;
    const { enabled } = (await command('query-kvm')) as { readonly enabled: boolean };
    return `${qemu.major}.${qemu.minor} ${enabled ? 'kvm' : 'tcg'}`;
  });

/** The QEMU that would run one. */
export async function hostQemu({ accelerator, layout }: Site): Promise<string> {
  const version = /version (\d+\.\d+)/.exec(await tool('qemu-system-x86_64', ['--version']))?.[1];
  return `${version ?? '?'} ${await chooseAccelerator(accelerator, layout.accelerator)}`;
}
