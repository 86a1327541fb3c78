import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { sharedImages } from '../../support/stack.js';

/** Beside the images: what is fetched once for all tests. */
const shared = join(sharedImages(), '..');

/** Runs `fetch` in a fresh folder, unless somebody did; a fetch that was broken off is no fetch. */
async function once(name: string, fetch: (dir: string) => Promise<void>): Promise<string> {
  const dir = join(shared, name);
  if (existsSync(dir)) return dir;
  const fresh = mkdtempSync(`${dir}.`);
  await fetch(fresh);
  try {
    renameSync(fresh, dir);
  } catch {
    rmSync(fresh, { recursive: true });
  }
  return dir;
}

const debops = 'debops==3.3.2';

/** The collection of DebOps, from PyPI, as it is. */
async function debopsCollection(): Promise<string> {
  const dir = await once('debops-3.3.2', async (fresh) => {
    await execa('python3', ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', fresh, debops]);
    await execa('sh', ['-c', 'python3 -m zipfile -e "$1"/*.whl "$1" && rm "$1"/*.whl', 'sh', fresh]);
  });
  return join(dir, 'debops/_data/ansible/collections/ansible_collections/debops/debops');
}

/** Those roles, and the handlers that all of them share. */
export async function debopsRoles(names: readonly string[], into: string): Promise<void> {
  const roles = join(await debopsCollection(), 'roles');
  for (const name of [...names, 'global_handlers'])
    cpSync(join(roles, name), join(into, name), { recursive: true });
}

/** The filters and lookups that they use. */
export async function debopsPlugins(into: string): Promise<void> {
  cpSync(join(await debopsCollection(), 'plugins'), join(into, 'plugins'), { recursive: true });
}

/** Puppet's modules stdlib and concat, as Debian packages them. */
export async function puppetModules(into: string): Promise<void> {
  const dir = await once('puppet-modules', async (fresh) => {
    const packages = ['puppet-module-puppetlabs-stdlib', 'puppet-module-puppetlabs-concat'];
    await execa('apt-get', ['-q', 'update']);
    await execa('apt-get', ['-q', 'download', ...packages], { cwd: fresh });
    await execa('sh', ['-c', 'for deb in *.deb; do dpkg-deb -x "$deb" .; done'], { cwd: fresh });
  });
  mkdirSync(into, { recursive: true });
  const modules = join(dir, 'usr/share/puppet/modules.available');
  for (const name of ['stdlib', 'concat'])
    cpSync(join(modules, `puppetlabs-${name}`), join(into, name), { recursive: true, dereference: true });
}

/** Where every stack finds the environment that the first one made. */
export function sharedAnsible(): string {
  const dir = join(shared, 'ansible');
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Command lines of processes on this host that work in a folder of a playbook that process `pid` runs. */
export const playing = (pid: number): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
      } catch {
        return [];
      }
    })
    .filter((line) => line.includes(`mw-ansible-${pid}-`));

/** Shell text that prints how many processes have a command line that begins like this; needs no procps. */
export const running = (begins: string): string =>
  `for one in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$one; echo; done 2>/dev/null | grep -c '^${begins}' || true`;
