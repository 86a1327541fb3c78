import type { Progress } from '../port.js';
import { failure } from './fail.js';
import { runJob } from './jobs.js';
import type { Held } from './lock.js';
import { type QmpCommand, qmp } from './qmp.js';
import type { Inventory } from './record.js';
import { tool } from './tools.js';

/** One disk of an instance that a snapshot is made of: its id in QEMU's arguments, and its file. */
interface Volume {
  readonly device: string;
  readonly path: string;
}

interface Tagged {
  readonly name: string;
  readonly 'vm-state-size': number;
}

/** By prefix, as QEMU takes a name of digits for an id, and so that nobody else's snapshots are ours. */
const tagOf = (name: string): string => `mw.${name}`;

/** The root disk and the data disks; those with `keep` outlive the instance and aren't the instance's to put back. */
const volumes = ({ record, files }: Inventory): Volume[] => [
  { device: 'd0', path: files.disk },
  ...record.request.shape.disks.flatMap(({ name, keep }, i) =>
    keep ? [] : [{ device: `d${i + 1}`, path: files.dataDisk(name) }],
  ),
];

/** Whether every disk has the snapshot, and how many bytes of memory are in it. */
export async function inspect(inventory: Inventory, name: string) {
  const found = await Promise.all(volumes(inventory).map(({ path }) => tagged(path, name)));
  return {
    whole: found.every((one) => one !== undefined),
    memoryBytes: found[0]?.['vm-state-size'] ?? 0,
  };
}

async function tagged(path: string, name: string): Promise<Tagged | undefined> {
  const said = await tool('qemu-img', ['info', '-U', '--output=json', path]);
  const { snapshots = [] } = JSON.parse(said) as { snapshots?: Tagged[] };
  return snapshots.find((one) => one.name === tagOf(name));
}

/** While the machine is off: disk by disk. QEMU's own lock on the files refuses it while it runs. */
export async function eachDisk(
  inventory: Inventory,
  order: '-c' | '-a' | '-d',
  name: string,
  held: Held,
): Promise<void> {
  for (const { path } of volumes(inventory)) {
    if (order === '-d' && !(await tagged(path, name))) continue;
    await held.assert();
    await tool('qemu-img', ['snapshot', order, tagOf(name), path]);
  }
}

/** While it runs: all disks at one moment and, but for `delete`, memory on the first of them. */
export async function allDisks(
  inventory: Inventory,
  order: 'save' | 'load' | 'delete',
  name: string,
  held: Held,
  progress: Progress,
): Promise<void> {
  const { monitors } = inventory.files;
  const devices = await qmp(monitors, (command) => nodes(command, volumes(inventory)));
  const memory = order === 'delete' ? {} : { vmstate: devices[0] };
  // Whoever was stopped until here must not put back a machine that has gone on since.
  await held.assert();
  await runJob(monitors, `snapshot-${order}`, { tag: tagOf(name), devices, ...memory }, progress);
}

/** QEMU names the nodes anew at every start. */
async function nodes(command: QmpCommand, wanted: readonly Volume[]): Promise<string[]> {
  type Block = { readonly device: string; readonly inserted?: { readonly 'node-name'?: string } };
  const blocks = (await command('query-block')) as Block[];
  return wanted.map(({ device, path }) => {
    const node = blocks.find((block) => block.device === device)?.inserted?.['node-name'];
    if (!node) throw failure('MW-SNAPSHOT-FAILED', `QEMU has no disk ${device} (${path})`);
    return node;
  });
}
