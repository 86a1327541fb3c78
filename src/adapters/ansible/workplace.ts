import { access, constants, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlaybookOrder } from '../port.js';
import { isAlive } from './environment.js';
import { inventory, knownHosts, secretsOf, sshConfig } from './inventory.js';

/** Memory rather than disk: keys and late values pass through it. */
const memory = '/dev/shm';

/** A folder of one playbook's run, for nobody else's eyes; those of workers that died are removed. */
export async function openWorkplace(): Promise<{ readonly dir: string; close(): Promise<void> }> {
  const parent = (await isWritable(memory)) ? memory : tmpdir();
  for (const name of await readdir(parent)) {
    const pid = Number(/^mw-ansible-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isAlive(pid))
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => undefined);
  }
  const dir = await mkdtemp(join(parent, `mw-ansible-${process.pid}-`));
  return { dir, close: () => rm(dir, { recursive: true, force: true }) };
}

const isWritable = (dir: string): Promise<boolean> =>
  access(dir, constants.W_OK).then(
    () => true,
    () => false,
  );

/** The folder that stands for the fleet's directory. */
export const fleetIn = (dir: string): string => join(dir, 'fleet');

/** Lays out what `ansible-playbook` reads. */
export async function layOut(dir: string, order: PlaybookOrder): Promise<void> {
  const { ssh, vars, files } = order;
  for (const { path, bytes, executable } of files)
    await put(join(fleetIn(dir), path), bytes, executable ? 0o700 : 0o600);
  await put(join(dir, 'ansible.cfg'), '');
  await put(join(dir, 'ssh_config'), sshConfig(dir, ssh));
  await put(join(dir, 'known_hosts'), knownHosts(ssh));
  for (const [name, key] of secretsOf(ssh)) await put(join(dir, name), key.endsWith('\n') ? key : `${key}\n`);
  await put(join(dir, 'inventory.json'), JSON.stringify(inventory(order)));
  await put(join(dir, 'vars.json'), JSON.stringify(vars));
}

async function put(path: string, bytes: string | Uint8Array, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, bytes, { mode });
}

/** All that Ansible is told beside its arguments: nobody's ansible.cfg, ssh configuration or agent has a say. */
export function playbookEnv(
  dir: string,
  { playbook, roles, remoteTemp }: Pick<PlaybookOrder, 'playbook' | 'roles' | 'remoteTemp'>,
  plugins: string,
  required: readonly string[],
): Record<string, string> {
  const fleet = fleetIn(dir);
  const beside = join(fleet, dirname(playbook));
  const rolePaths = [...(roles === undefined ? [] : [join(fleet, roles)]), join(beside, 'roles')];
  return {
    HOME: dir,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    PYTHONDONTWRITEBYTECODE: '1',
    ANSIBLE_CONFIG: join(dir, 'ansible.cfg'),
    ANSIBLE_HOME: join(dir, 'home'),
    ANSIBLE_LOCAL_TEMP: join(dir, 'tmp'),
    ANSIBLE_REMOTE_TEMP: remoteTemp,
    ANSIBLE_CALLBACK_PLUGINS: plugins,
    ANSIBLE_STDOUT_CALLBACK: 'millwright_events',
    ANSIBLE_ROLES_PATH: [...rolePaths, ...required.map((one) => join(one, 'roles'))].join(':'),
    ANSIBLE_COLLECTIONS_PATH: [join(beside, 'collections'), ...required].join(':'),
    ANSIBLE_INVENTORY_ENABLED: 'yaml',
    ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS: 'ignore',
    ANSIBLE_PYTHON_INTERPRETER: 'auto_silent',
    ANSIBLE_HOST_KEY_CHECKING: 'True',
    ANSIBLE_RETRY_FILES_ENABLED: 'False',
    ANSIBLE_NOCOLOR: '1',
    ANSIBLE_FORKS: '1',
    ANSIBLE_TIMEOUT: '30',
    // A terminal, which it has without pipelining, is what ends a module when the connection does.
    ANSIBLE_PIPELINING: 'False',
    ANSIBLE_SSH_ARGS: `-F ${join(dir, 'ssh_config')}`,
  };
}
