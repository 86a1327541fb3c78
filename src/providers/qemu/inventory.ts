import type { DestroyReportData, Found, InstanceInfo, MachineRef } from '../../model/index.js';
import { machineId, sha256Hex } from '../../model/index.js';
import { exists } from './files.js';
import { machineIdOf } from './layout.js';
import { lockHolder } from './lock.js';
import { processesOf, running } from './power.js';
import { type QemuProcess, qemuProcesses } from './processes.js';
import { type Inventory, listInstances } from './record.js';
import { bareAddress } from './seed.js';
import type { Site } from './site.js';

/** What is known of an instance without waking it. */
export async function describe(site: Site, inventory: Inventory): Promise<InstanceInfo> {
  const { record, files } = inventory;
  const { shape, instance } = record.request;
  const now = await running(inventory);
  const ports = shape.publish.flatMap((port) => {
    const at = now?.ports[port];
    return at === undefined ? [] : [[String(port), { host: '127.0.0.1', port: at }] as const];
  });
  const addresses = shape.nics.flatMap((nic) => {
    const address = bareAddress(nic);
    return address ? [[nic.network, address] as const] : [];
  });
  // Disks of which some are put back and others aren't are neither on nor off.
  const broken = await exists(files.restoring);
  const on = now || (await processesOf(site.layout, inventory)).length > 0;
  return {
    instance,
    machineId: record.machineId,
    power: broken ? 'unknown' : on ? 'on' : 'off',
    protect: await exists(files.protect),
    hostKey: record.hostKey,
    addresses: Object.fromEntries(addresses),
    published: Object.fromEntries(ports),
    keptDisks: keptDisks(inventory),
    shape: record.shape,
  };
}

export const keptDisks = ({ record }: Inventory): DestroyReportData['keptDisks'] =>
  record.request.shape.disks.filter((disk) => disk.keep).map((disk) => disk.name);

/**
 * Looks a machine up on disk and in the process table; anything doubtful is `unknown`. Of several instances it is the one that
 * is asked for, else the one whose place the others are to take.
 */
export async function find(site: Site, ref: MachineRef, asked?: string): Promise<Found> {
  const id = machineId(ref);
  const holder = await lockHolder(site.layout.lock(id));
  if (holder) return unknown(`process ${holder.pid} works on it`);
  const { instances, unreadable } = await listInstances(site.layout);
  const mine = instances.filter((each) => each.record.machineId === id);
  const [one, ...more] = inForce(mine, asked);
  if (more.length > 0) return unknown(`it has ${more.length + 1} instances`);
  if (one) return { state: 'present', instance: await describe(site, one) };
  const ghost = (await ghosts(site, instances)).find((each) => machineIdOf(each.instance) === id);
  if (ghost) return unknown(`QEMU process ${ghost.pid} runs ${ghost.instance}, which has no folder`);
  if (unreadable.length > 0) return unknown(unreadable.map((one) => one.reason).join('; '));
  return { state: 'absent' };
}

function inForce(mine: readonly Inventory[], asked: string | undefined): readonly Inventory[] {
  const idOf = ({ record }: Inventory): string => record.request.instance;
  const named = mine.filter((one) => idOf(one) === asked);
  if (named.length > 0) return named;
  const there = new Set(mine.map(idOf));
  return mine.filter(({ record }) => !there.has(record.request.replaces ?? ''));
}

/** Every instance of ours on this host, with those that only the process table knows and folders nobody can read. */
export async function list(site: Site): Promise<InstanceInfo[]> {
  const { instances, unreadable } = await listInstances(site.layout);
  const known = await Promise.all(instances.map((one) => describeUnlessLocked(site, one)));
  const stray = new Map((await ghosts(site, instances)).map((one) => [one.instance, one]));
  return [
    ...known,
    ...[...stray.values()].map(({ instance }) => stranger(instance, 'on')),
    ...unreadable.map(({ key }) => stranger(`unreadable/${key}@unknown`, 'unknown')),
  ];
}

async function describeUnlessLocked(site: Site, inventory: Inventory): Promise<InstanceInfo> {
  const info = await describe(site, inventory);
  return (await lockHolder(site.layout.lock(info.machineId))) ? { ...info, power: 'unknown' } : info;
}

async function ghosts(site: Site, instances: readonly Inventory[]): Promise<QemuProcess[]> {
  const known = new Set(instances.map((one) => one.record.request.instance));
  const processes = await qemuProcesses(site.layout.instances);
  return processes.filter((one) => !known.has(one.instance));
}

/** Something of ours of which only the name is known. */
const stranger = (instance: string, power: InstanceInfo['power']): InstanceInfo => ({
  instance,
  machineId: machineIdOf(instance),
  power,
  protect: false,
  hostKey: '',
  addresses: {},
  published: {},
  keptDisks: [],
  shape: sha256Hex(''),
});

const unknown = (reason: string): Found => ({ state: 'unknown', reason });
