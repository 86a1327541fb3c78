import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filled, type Item } from './contract.js';

/** Group of the machines; they are `node-1…n`. */
export const group = 'node';

/** Writes the fleet's folder: the contract as its users would write it. */
export async function writeFleet(
  dir: string,
  uid: string,
  {
    count,
    parallel,
    items,
  }: { readonly count: number; readonly parallel: number; readonly items: readonly Item[] },
): Promise<void> {
  await mkdir(dir, { recursive: true });
  const fleet = {
    version: 1,
    fleet: 'bench',
    uid,
    // The loopback machines answer in the place of this provider's.
    sites: { main: { provider: 'qemu' } },
    images: { micro: { build: 'micro' } },
    configs: { node: { resources: items.map(resourceOf) } },
    groups: {
      [group]: {
        ...{ count, site: 'main', image: 'micro', config: 'node' },
        size: { cpus: 1, memory: '128MiB', disk: '256MiB' },
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
