import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output, run } from './command.js';
import { type FileItem, filled, type Item, isTemplate } from './contract.js';
import type { Peer, Run, Work } from './peer.js';
import { venv } from './venv.js';

const packages = ['ansible-core==2.19.14', 'mitogen==0.3.54'];

/** Ansible as its own manual makes it fast (pipelining, no facts gathered); with Mitogen, its strategy as well. */
export async function openAnsible(mitogen: boolean, say: (line: string) => void): Promise<Peer> {
  const bin = await venv(packages, say);
  const [version = ''] = (await output([join(bin, 'ansible'), '--version'])).split('\n');
  const name = mitogen ? 'mitogen' : 'ansible';
  const with_ = mitogen ? `${packages[1]}, mitogen_linear` : 'pipelining';
  return { name, about: `${version}, ${with_}`, prepare: (work) => prepare(bin, mitogen, work) };
}

async function prepare(bin: string, mitogen: boolean, work: Work): Promise<Run> {
  const { farm, items, dir } = work;
  await mkdir(join(dir, 'texts'), { recursive: true });
  await Promise.all(
    items.map(async (one, n) => {
      if (one.kind === 'file')
        await writeFile(sourceOf(dir, n), filled(one.text, '{{ inventory_hostname }}'));
    }),
  );
  const python = join(bin, 'python3');
  const plugins = mitogen ? (await output([python, '-c', whereMitogen])).trim() : undefined;
  await writeFile(join(dir, 'ansible.cfg'), settingsOf(work, plugins));
  await writeFile(join(dir, 'inventory.json'), JSON.stringify(inventoryOf(work)));
  const play = {
    hosts: 'all',
    gather_facts: false,
    tasks: items.map((one, n) => taskOf(one, sourceOf(dir, n))),
  };
  // JSON is YAML.
  await writeFile(join(dir, 'site.yml'), JSON.stringify([play]));
  let runs = 0;
  return {
    async go(expect) {
      // Each run makes its connections anew, as a later one would.
      const env = {
        ANSIBLE_CONFIG: join(dir, 'ansible.cfg'),
        ANSIBLE_SSH_CONTROL_PATH_DIR: join(dir, `c${++runs}`),
      };
      const argv = [join(bin, 'ansible-playbook'), '-i', join(dir, 'inventory.json'), join(dir, 'site.yml')];
      const { said, cpu } = await run(argv, { env, cwd: dir });
      const wanted = expect === 'changes' ? items.length : 0;
      const agreeing = said.match(new RegExp(`changed=${wanted} +unreachable=0 +failed=0`, 'g'))?.length ?? 0;
      if (agreeing !== farm.targets.length)
        throw new Error(
          `${agreeing} hosts with ${wanted} changes, expected ${farm.targets.length}\n${said.slice(-4000)}`,
        );
      return cpu;
    },
  };
}

const whereMitogen = 'import os, ansible_mitogen; print(os.path.dirname(ansible_mitogen.__file__))';

const settingsOf = ({ farm, parallel }: Work, plugins: string | undefined): string => `[defaults]
forks = ${parallel}
timeout = 120
retry_files_enabled = False
nocows = True
localhost_warning = False
${plugins === undefined ? '' : `strategy_plugins = ${plugins}/plugins/strategy\nstrategy = mitogen_linear`}
[ssh_connection]
pipelining = True
ssh_args = -F ${farm.sshConfig} -o ControlMaster=auto -o ControlPersist=60s
`;

const inventoryOf = ({ farm }: Work) => ({
  all: {
    hosts: Object.fromEntries(
      farm.targets.map(({ name, port }) => [
        name,
        {
          ...{ ansible_host: '127.0.0.1', ansible_port: port, ansible_user: 'root' },
          ...{ ansible_ssh_private_key_file: farm.login, ansible_python_interpreter: '/usr/bin/python3' },
        },
      ]),
    ),
  },
});

const sourceOf = (dir: string, n: number): string => join(dir, 'texts', String(n));

function taskOf(item: Item, source: string): Record<string, unknown> {
  switch (item.kind) {
    case 'user':
      return { user: { name: item.name, home: item.home, shell: item.shell, system: true } };
    case 'command':
      return { name: item.name, shell: { cmd: item.run, creates: item.creates } };
    case 'link':
      return { file: { path: item.path, src: item.to, state: 'link' } };
    case 'file':
      return fileTask(item, source);
  }
}

const fileTask = (item: FileItem, source: string) => ({
  [isTemplate(item) ? 'template' : 'copy']: {
    ...{ src: source, dest: item.path, mode: item.mode, owner: item.owner, group: item.group },
  },
});
