import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { output, run } from './command.js';
import { filled, type Item, isTemplate } from './contract.js';
import type { Peer, Run, Work } from './peer.js';
import { venv } from './venv.js';

const packages = ['pyinfra==3.10.0'];

export async function openPyinfra(say: (line: string) => void): Promise<Peer> {
  const bin = await venv(packages, say);
  const about = (await output([join(bin, 'pyinfra'), '--version'])).trim();
  return { name: 'pyinfra', about, prepare: (work) => prepare(bin, work) };
}

async function prepare(bin: string, { farm, items, parallel, dir }: Work): Promise<Run> {
  await mkdir(join(dir, 'texts'), { recursive: true });
  await Promise.all(
    items.map(async (one, n) => {
      if (one.kind === 'file') await writeFile(sourceOf(dir, n), filled(one.text, '{{ host.name }}'));
    }),
  );
  const hosts = farm.targets.map(({ name, port }) => [
    name,
    {
      ...{ ssh_hostname: '127.0.0.1', ssh_port: port, ssh_user: 'root', ssh_key: farm.login },
      ...{ ssh_known_hosts_file: farm.knownHosts, ssh_strict_host_key_checking: 'yes' },
      ...{ ssh_allow_agent: false, ssh_look_for_keys: false },
    },
  ]);
  await writeFile(join(dir, 'hosts.json'), JSON.stringify(hosts));
  await writeFile(join(dir, 'inventory.py'), inventory);
  await writeFile(
    join(dir, 'deploy.py'),
    `${imports}\n${items.map((one, n) => operation(one, sourceOf(dir, n))).join('\n')}\n`,
  );
  return {
    async go(expect) {
      const argv = [join(bin, 'pyinfra'), '-y', '--parallel', String(parallel), 'inventory.py', 'deploy.py'];
      const { said, cpu } = await run(argv, { cwd: dir });
      judge(said, expect === 'changes' ? farm.targets.length * items.length : 0);
      return cpu;
    },
  };
}

const inventory = `import json
hosts = [tuple(one) for one in json.load(open("hosts.json"))]
`;

const imports = `from pyinfra import host
from pyinfra.facts.files import File
from pyinfra.operations import files, server
`;

const sourceOf = (dir: string, n: number): string => join(dir, 'texts', String(n));

/** JSON's strings are Python's. */
const py = (value: string): string => JSON.stringify(value);

function operation(item: Item, source: string): string {
  switch (item.kind) {
    case 'user':
      return `server.user(user=${py(item.name)}, home=${py(item.home)}, shell=${py(item.shell)}, system=True, ensure_home=False, create_home=True)`;
    case 'command':
      return `if host.get_fact(File, path=${py(item.creates)}) is None:\n    server.shell(name=${py(item.name)}, commands=[${py(item.run)}])`;
    case 'link':
      return `files.link(path=${py(item.path)}, target=${py(item.to)})`;
    case 'file': {
      const kind = isTemplate(item) ? 'template' : 'put';
      return `files.${kind}(src=${py(source)}, dest=${py(item.path)}, mode=${py(item.mode.slice(1))}, user=${py(item.owner)}, group=${py(item.group)})`;
    }
  }
}

/** Its last table sums up, over all operations, on how many hosts there was something to do. */
function judge(said: string, wanted: number): void {
  const [, done] = /Grand total +\d+ +(\d+|-)/.exec(said) ?? [];
  const changed = done === '-' ? 0 : Number(done);
  if (changed !== wanted)
    throw new Error(`pyinfra: ${done} changes, expected ${wanted}\n${said.slice(-3000)}`);
}
