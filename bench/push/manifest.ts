import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filled, type Item } from './contract.js';
import type { Work } from './peer.js';

/** Writes the fleet's folder: the contract as its users would write it, for machines that exist already. */
export async function writeFleet(dir: string, uid: string, { farm, parallel, items }: Work): Promise<void> {
  await mkdir(dir, { recursive: true });
  const machines = farm.targets.map(({ name, port, hostKey }) => [
    name,
    { host: '127.0.0.1', port, hostKey },
  ]);
  const fleet = {
    version: 1,
    fleet: 'bench',
    uid,
    sites: { main: { provider: 'static', connect: { user: 'root' } } },
    configs: { node: { resources: items.map(resourceOf) } },
    groups: {
      node: {
        ...{ site: 'main', config: 'node', machines: Object.fromEntries(machines) },
        rollout: { maxParallel: parallel },
      },
    },
    environments: { dev: { default: true, rules: { cleanCommit: false } } },
  };
  // JSON is YAML.
  await writeFile(join(dir, 'fleet.yaml'), JSON.stringify(fleet));
}

function resourceOf(item: Item): Record<string, unknown> {
  switch (item.kind) {
    case 'user':
      return { user: item.name, home: item.home, shell: item.shell, system: true };
    case 'command':
      return { command: item.name, run: item.run, creates: item.creates };
    case 'link':
      return { link: item.path, to: item.to };
    case 'file':
      return {
        file: item.path,
        mode: item.mode,
        owner: `${item.owner}:${item.group}`,
        content: filled(item.text, '${{ machine.name }}'),
      };
  }
}
