import type { Progress } from '../port.js';
import { failure } from './fail.js';
import { machineIdOf } from './layout.js';
import { withLock } from './lock.js';
import { endAll, processesOf, running } from './power.js';
import { ended, isAlive, type ProcessId } from './processes.js';
import { qmp } from './qmp.js';
import { type Inventory, readInstance } from './record.js';
import type { Site } from './site.js';

const SHUTDOWN_MS = 120_000;
const FLUSH_MS = 5000;
/** A guest that still boots doesn't hear the button, so it is pressed again. */
const PRESS_MS = 5000;

/** `shutdown` lets the guest end by itself; `off` is the plug, though QEMU flushes its disks. No-op when it is off. */
export async function powerOff(site: Site, instance: string, how: 'shutdown' | 'off'): Promise<void> {
  const inventory = await readInstance(site.layout.instance(instance));
  await withLock(site.layout.lock(machineIdOf(instance)), {}, async () => {
    const processes = await processesOf(site.layout, inventory);
    if (how === 'off') return endAll(processes, FLUSH_MS);
    for (const process of processes) await shutDown(inventory, process);
  });
}

/** Presses the button until the guest has ended. MW-STOP-TIMEOUT when it doesn't. */
export async function shutDown(
  { files, record }: Inventory,
  process: ProcessId,
  progress: Progress = () => undefined,
): Promise<void> {
  for (let waited = 0; waited < SHUTDOWN_MS; waited += PRESS_MS) {
    progress({ step: 'shutting down' });
    // The monitors answer for whatever QEMU has come after it.
    if (!(await isAlive(process))) return;
    await qmp(files.monitors, (command) => command('system_powerdown')).catch(async (error) => {
      if (await isAlive(process)) throw error;
    });
    if (await ended(process, PRESS_MS)) return;
  }
  const { instance } = record.request;
  throw failure('MW-STOP-TIMEOUT', `${instance} didn't shut down within ${SHUTDOWN_MS / 1000} s`, {
    cause: 'machine',
    remedy: 'look at its console; power it off if nothing in it is worth waiting for',
  });
}

/** The reset button: same process, same ports. */
export async function powerReset(site: Site, instance: string): Promise<void> {
  const inventory = await readInstance(site.layout.instance(instance));
  if (!(await running(inventory))) throw isOff(instance);
  await qmp(inventory.files.monitors, (command) => command('system_reset'));
}

export const isOff = (instance: string) =>
  failure('MW-MACHINE-OFF', `${instance} is powered off`, {
    cause: 'machine',
    remedy: 'millwright up boots it and goes on where it stopped',
  });
