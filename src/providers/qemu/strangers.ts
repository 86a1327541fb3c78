import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from './files.js';
import { isKey } from './layout.js';
import { allQemus, type Invocation, machineNamePrefix } from './processes.js';
import type { Site } from './site.js';

/** QEMUs of this host that aren't this site's, and what lies among its instances and disks without being one. */
export async function strangers({ layout }: Site): Promise<string[]> {
  const [qemus, ...lying] = await Promise.all([
    allQemus(),
    ...[layout.instances, layout.disks].map(foreignEntries),
  ]);
  const others = qemus.filter((one) => !one.pidfile.startsWith(`${layout.instances}/`));
  return [...lying.flat(), ...others.map(inWords)].sort();
}

async function foreignEntries(dir: string): Promise<string[]> {
  const names = await readdir(dir).catch((error) => {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  });
  // What begins with a dot is ours while it is made or removed.
  return names.filter((name) => !name.startsWith('.') && !isKey(name)).map((name) => join(dir, name));
}

function inWords({ pid, guest, pidfile }: Invocation): string {
  if (!guest) return `QEMU process ${pid}, which has no name`;
  if (!guest.startsWith(machineNamePrefix)) return `QEMU process ${pid}, which runs ${guest}`;
  const site = pidfile.split('/instances/')[0];
  return `QEMU process ${pid}, which runs ${guest.slice(machineNamePrefix.length)} of the site in ${site}`;
}
