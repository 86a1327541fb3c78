import { mkdirSync, mkdtempSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instanceKey } from '../../../src/model/index.js';
import type { SiteOptions } from '../../../src/providers/qemu/index.js';

/** Building an image takes minutes and it is content-addressed: tests share the cache. */
const imagesDir = join(process.env.MILLWRIGHT_TEST_STATE ?? join(tmpdir(), 'millwright-test'), 'images');

/** A qemu site of its own in a temporary directory. */
export function temporarySite(): Required<Omit<SiteOptions, 'accelerator'>> & { remove(): Promise<void> } {
  mkdirSync(imagesDir, { recursive: true });
  const stateDir = mkdtempSync(join(tmpdir(), 'mw-site-'));
  return { stateDir, imagesDir, site: 'main', remove: () => rm(stateDir, { recursive: true, force: true }) };
}

/** Ids of the QEMU processes of an instance, by their arguments alone. */
export async function qemuPids(stateDir: string, instance: string): Promise<number[]> {
  const pidfile = join(stateDir, 'instances', instanceKey(instance), 'qemu.pid');
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const args = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter(
    (_, i) => /^[^\0]*qemu-system/.test(args[i] ?? '') && args[i]?.includes(`\0${pidfile}\0`),
  );
}
