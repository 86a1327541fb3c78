import { rm, writeFile } from 'node:fs/promises';
import type { InstanceInfo } from '../../model/index.js';
import type { Endpoint, Progress, Provider } from '../port.js';
import { create } from './create.js';
import { destroy } from './destroy.js';
import { exclusively } from './exclusive.js';
import { tail } from './files.js';
import { closeForward, openForward } from './forwards.js';
import { describe, find, list } from './inventory.js';
import { machineIdOf } from './layout.js';
import { withLock } from './lock.js';
import { isOff, powerOff, powerReset } from './off.js';
import { adopt, processesOf, type Running, running } from './power.js';
import { type Inventory, readInstance } from './record.js';
import { reshape } from './reshape.js';
import { bringUp } from './restore.js';
import { openSite, type Site, type SiteOptions } from './site.js';
import { deleteSnapshot, loadSnapshot, snapshots, takeSnapshot } from './snapshots.js';
import { strangers } from './strangers.js';

export type { Accelerator } from './accelerator.js';
export type { SiteOptions } from './site.js';

/** Machines as QEMU processes of this host; its state directory is the site. Nothing is touched before the first call. */
export function createQemuProvider(options: SiteOptions): Provider {
  let opened: Promise<Site> | undefined;
  const site = () => {
    opened ??= openSite(options).catch((error) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
  return {
    name: 'qemu',
    find: async (ref, declared) => find(await site(), ref, declared?.instance),
    create: async (request, progress, signal) => create(await site(), request, progress, signal),
    start: async (instance, progress) => start(await site(), instance, progress),
    stop: async (instance, how) => powerOff(await site(), instance, how),
    reset: async (instance) => powerReset(await site(), instance),
    destroy: async (instance, how) => destroy(await site(), instance, how?.force),
    protect: async (instance, on) => protect(await inventoryOf(await site(), instance), on),
    reach: async (instance, port) => reach(await site(), instance, port),
    takeSnapshot: async (instance, name, progress) => takeSnapshot(await site(), instance, name, progress),
    loadSnapshot: async (instance, name, progress) => loadSnapshot(await site(), instance, name, progress),
    deleteSnapshot: async (instance, name) => deleteSnapshot(await site(), instance, name),
    snapshots: async (instance) => snapshots(await site(), instance),
    reshape: async (instance, shape, progress) => reshape(await site(), instance, shape, progress),
    strangers: async () => strangers(await site()),
    list: async () => list(await site()),
    console: async (instance, maxBytes) => tail((await site()).layout.instance(instance).console, maxBytes),
  };
}

const inventoryOf = (site: Site, instance: string): Promise<Inventory> =>
  readInstance(site.layout.instance(instance));

function start(site: Site, instance: string, progress: Progress): Promise<InstanceInfo> {
  return exclusively(site, instance, progress, async (inventory, held) =>
    describe(site, await bringUp(site, inventory, held, progress)),
  );
}

async function protect({ files }: Inventory, on: boolean): Promise<void> {
  if (on) await writeFile(files.protect, '', { mode: 0o600 });
  else await rm(files.protect, { force: true });
}

async function reach(site: Site, instance: string, port: number): Promise<Endpoint> {
  const inventory = await inventoryOf(site, instance);
  const now = (await running(inventory)) ?? (await settle(site, inventory));
  const permanent = now.ports[port];
  if (permanent !== undefined) return { host: '127.0.0.1', port: permanent, release: async () => undefined };
  const monitors = inventory.files.monitors;
  const { hostPort } = await openForward(monitors, port);
  // A machine that is gone has no forwards either.
  const release = () => closeForward(monitors, hostPort).catch(() => undefined);
  return { host: '127.0.0.1', port: hostPort, release };
}

/** A QEMU whose starter died before it wrote the ports down gets them now. */
function settle(site: Site, inventory: Inventory): Promise<Running> {
  const { instance } = inventory.record.request;
  return withLock(site.layout.lock(machineIdOf(instance)), {}, async () => {
    if ((await processesOf(site.layout, inventory)).length === 0) throw isOff(instance);
    return adopt(site, inventory);
  });
}
