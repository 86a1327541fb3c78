import { readFile, rename, rm, stat } from 'node:fs/promises';
import { instanceKey } from '../../model/index.js';
import { chooseAccelerator } from './accelerator.js';
import { qemuArguments } from './arguments.js';
import { refuseAttached } from './attached.js';
import { ensureDisks } from './disks.js';
import { failure } from './fail.js';
import { exists, hasCode, readText, writeWhole } from './files.js';
import { ensureForwards, type Ports } from './forwards.js';
import { readImage } from './images/cache.js';
import type { Layout } from './layout.js';
import type { Held } from './lock.js';
import { writeSeed } from './personality.js';
import { endProcess, isAlive, type ProcessId, qemuProcess, qemuProcesses } from './processes.js';
import type { Inventory } from './record.js';
import type { Site } from './site.js';
import { refuseTombstone } from './tombstone.js';
import { ask } from './tools.js';

/** The QEMU of an instance and the ports it answers on, as written down when it was started. */
export interface Running extends ProcessId {
  readonly ports: Ports;
}

const CONSOLE_LIMIT = 4 * 1024 * 1024;

/** The recorded QEMU if it still runs. Without a record the process table has to be asked. */
export async function running({ files }: Inventory): Promise<Running | undefined> {
  const record = parse(await readText(files.running));
  if (!record || !(await isAlive(record))) return undefined;
  return (await qemuProcess(record.pid))?.pidfile === files.pid ? record : undefined;
}

/** The QEMUs of an instance in the process table, recorded or not. */
export async function processesOf(layout: Layout, { record }: Inventory) {
  const all = await qemuProcesses(layout.instances);
  return all.filter((one) => one.instance === record.request.instance);
}

/** Brings an instance to power on: what is missing is made, what is there stays. Call under the machine's lock. */
export async function powerOn(site: Site, inventory: Inventory, held: Held): Promise<Running> {
  const already = await running(inventory);
  if (already) return already;
  if ((await processesOf(site.layout, inventory)).length === 0) await launch(site, inventory, held);
  return adopt(site, inventory);
}

/** Opens the forwards of a QEMU that runs and writes both down. */
export async function adopt(site: Site, inventory: Inventory): Promise<Running> {
  const { files, record } = inventory;
  const [process] = await processesOf(site.layout, inventory);
  if (!process) throw await neverStarted(inventory, 'it ended at once');
  const before = parse(await readText(files.running))?.ports ?? {};
  const ports = await ensureForwards(files.monitors, [22, ...record.request.shape.publish], before);
  const now = { pid: process.pid, started: process.started, ports };
  await writeWhole(files.running, `${JSON.stringify(now)}\n`);
  return now;
}

/** `paused`: the guest runs nothing until it is told to. */
export async function launch(
  site: Site,
  inventory: Inventory,
  held: Held,
  { paused = false }: { paused?: boolean } = {},
): Promise<void> {
  const { layout } = site;
  const { record, files } = inventory;
  const { instance } = record.request;
  const image = await readImage(record.image.dir);
  if (image.meta.build !== record.image.build) throw rebuilt(instance, image.dir);
  await refuseAttached(site, record.request);
  const dataDisks = await ensureDisks(layout, inventory, image);
  await writeSeed(inventory, image);
  await rotateConsole(files.console);
  const accelerator = await chooseAccelerator(site.accelerator, layout.accelerator);
  const cpuKhz = await hostCpuKhz();
  const key = instanceKey(instance);
  const args = qemuArguments({ key, record, files, image, accelerator, cpuKhz, dataDisks });
  if (paused) args.push('-S');
  await held.assert();
  await refuseTombstone(layout, instance);
  await rm(files.pid, { force: true });
  await spawnGuarded(site, inventory, args, held);
}

/**
 * The shell keeps the lock through descriptor 3 until QEMU is a daemon, even if this process dies meanwhile, and looks
 * for a tombstone and for a newer holder right before and right after: a process may have been stopped anywhere.
 */
const guarded = `lock=$1 inode=$2 tombstone=$3 pidfile=$4; shift 4
[ ! -e "$tombstone" ] && [ "$(stat -c %i "$lock")" = "$inode" ] || exit 75
"$@" 3>&- || exit 1
[ ! -e "$tombstone" ] || { read -r pid < "$pidfile" && kill "$pid"; exit 75; }`;

async function spawnGuarded(site: Site, inventory: Inventory, args: string[], held: Held): Promise<void> {
  const { instance } = inventory.record.request;
  const guard = [held.path, String(held.inode), site.layout.tombstone(instance), inventory.files.pid];
  const command = [...(await scope(instanceKey(instance))), 'qemu-system-x86_64', ...args];
  const { code, stderr } = await ask('sh', ['-c', guarded, 'sh', ...guard, ...command], { fd3: held.fd });
  await killIfBuried(site, inventory);
  if (code === 75) await held.assert();
  if (code !== 0) throw await neverStarted(inventory, stderr.trim());
}

/** A destroy that came while this process was stopped finds nothing to kill; so we do. */
async function killIfBuried(site: Site, inventory: Inventory): Promise<void> {
  const { instance } = inventory.record.request;
  try {
    await refuseTombstone(site.layout, instance);
  } catch (error) {
    await endAll(await processesOf(site.layout, inventory), 0);
    await rm(inventory.files.dir, { recursive: true, force: true });
    throw error;
  }
}

export async function endAll(processes: readonly ProcessId[], graceMs: number): Promise<void> {
  await Promise.all(processes.map((one) => endProcess(one, graceMs)));
}

/** Under systemd a QEMU gets a scope of its own: it would die with the worker's service otherwise. */
async function scope(key: string): Promise<string[]> {
  if (!(await exists('/run/systemd/system'))) return [];
  const user = process.getuid?.() === 0 ? [] : ['--user'];
  const prefix = ['systemd-run', ...user, '--scope', '--quiet', '--collect'];
  const works = await ask(prefix[0] ?? '', [...prefix.slice(1), 'true'], { killAfterMs: 10_000 }).catch(
    () => undefined,
  );
  return works?.code === 0 ? [...prefix, `--description=Millwright instance ${key}`] : [];
}

async function hostCpuKhz(): Promise<number | undefined> {
  const mhz = /cpu MHz\s*:\s*([\d.]+)/.exec(await readFile('/proc/cpuinfo', 'utf8'))?.[1];
  return mhz ? Math.round(Number(mhz) * 1000) : undefined;
}

async function rotateConsole(path: string): Promise<void> {
  const size = await stat(path).then(
    (stats) => stats.size,
    (error) => {
      if (hasCode(error, 'ENOENT')) return 0;
      throw error;
    },
  );
  if (size > CONSOLE_LIMIT) await rename(path, `${path}.1`);
}

function parse(text: string | undefined): Running | undefined {
  try {
    return text ? (JSON.parse(text) as Running) : undefined;
  } catch {
    return undefined;
  }
}

async function neverStarted({ record, files }: Inventory, why: string) {
  const console = await readText(files.console).catch(() => undefined);
  return failure(
    'MW-QEMU-START',
    `QEMU of ${record.request.instance} didn't start: ${why || 'no reason given'}`,
    {
      detail: console?.trim().split('\n').slice(-5),
      retryable: true,
    },
  );
}

const rebuilt = (instance: string, dir: string) =>
  failure(
    'MW-IMAGE-GONE',
    `the image ${dir} was rebuilt, and the disk of ${instance} is a clone of the older one`,
    {
      cause: 'machine',
      remedy: 'restore the older image, or replace the machine',
    },
  );
