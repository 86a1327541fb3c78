import { readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type DestroyReportData, instanceKey } from '../../model/index.js';
import { failure } from './fail.js';
import { beside, exists, hasCode } from './files.js';
import { keptDisks } from './inventory.js';
import { machineIdOf } from './layout.js';
import { withLock } from './lock.js';
import { endAll } from './power.js';
import { qemuProcesses } from './processes.js';
import { readInstance } from './record.js';
import type { Site } from './site.js';
import { bury } from './tombstone.js';

const FLUSH_MS = 5000;

/**
 * Removes an instance for good. The tombstone comes first and needs no lock, as the lock's holder may be a create that
 * was stopped: it meets the tombstone when it wakes up.
 */
export async function destroy(site: Site, instance: string, force = false): Promise<DestroyReportData> {
  const { layout } = site;
  const files = layout.instance(instance);
  if (!force && (await exists(files.protect))) throw isProtected(instance);
  await bury(layout, instance);
  return withLock(layout.lock(machineIdOf(instance)), {}, async () => {
    const kept = await readInstance(files).then(keptDisks, () => []);
    const processes = await endProcesses(site, instance);
    const existed = (await exists(files.dir)) || processes > 0;
    await removeFolders(layout.instances, instance);
    await endProcesses(site, instance);
    return { existed, keptDisks: kept };
  });
}

async function endProcesses(site: Site, instance: string): Promise<number> {
  const all = await qemuProcesses(site.layout.instances);
  const ours = all.filter((one) => one.instance === instance);
  await endAll(ours, FLUSH_MS);
  return ours.length;
}

/** The folder leaves its place at once, so that a death in between leaves no half of an instance. */
async function removeFolders(instances: string, instance: string): Promise<void> {
  const key = instanceKey(instance);
  const dir = join(instances, key);
  await rename(dir, join(dirname(dir), `.${beside(key)}`)).catch((error) => {
    if (!hasCode(error, 'ENOENT')) throw error;
  });
  const gone = (await readdir(instances)).filter((name) => name.startsWith(`.${key}.`));
  await Promise.all(gone.map((name) => rm(join(instances, name), { recursive: true, force: true })));
}

const isProtected = (instance: string) =>
  failure('MW-DESTROY-PROTECTED', `${instance} is protected`, {
    cause: 'change',
    remedy: 'apply `protect: false` for its group first',
  });
