import type { ReadInventory } from './files.js';
import type { Inventory } from './types.js';

/** Groups that are always there and say nothing of a host. */
export const everybody = ['all', 'ungrouped'];

/** A host with all that its groups and itself say, the more specific last. */
export interface MergedHost {
  readonly name: string;
  /** The first group that lists it itself; undefined: none but `all` or `ungrouped`. */
  readonly home: string | undefined;
  /** All other groups that it is in, however far up. */
  readonly others: readonly string[];
  readonly vars: Readonly<Record<string, unknown>>;
}

/** In Ansible's order: groups from `all` down to the deepest, files over what stands in the inventory, hosts last. */
export function mergeHosts({ inventory, groupVars, hostVars }: ReadInventory): MergedHost[] {
  const depths = depthsOf(inventory);
  return [...inventory.hosts].map(([name, own]) => {
    const groups = groupsOf(inventory, name).sort(
      (a, b) => (depths.get(a) ?? 0) - (depths.get(b) ?? 0) || (a < b ? -1 : 1),
    );
    const [home] = [...inventory.groups]
      .filter(([group, { hosts }]) => !everybody.includes(group) && hosts.includes(name))
      .map(([group]) => group);
    const vars = Object.assign(
      {},
      ...groups.map((group) => inventory.groups.get(group)?.vars),
      ...groups.map((group) => groupVars.get(group)),
      own,
      hostVars.get(name),
    );
    return { name, home, others: groups.filter((one) => one !== home && !everybody.includes(one)), vars };
  });
}

/** Every group that a host is in, by itself or by a child. */
function groupsOf({ groups }: Inventory, host: string): string[] {
  const found = new Set(['all']);
  let wave = [...groups].filter(([, { hosts }]) => hosts.includes(host)).map(([name]) => name);
  while (wave.length > 0) {
    for (const name of wave) found.add(name);
    wave = [...groups]
      .filter(([name, { children }]) => !found.has(name) && children.some((child) => wave.includes(child)))
      .map(([name]) => name);
  }
  return [...found];
}

/** How many groups stand above each, at most; a circle ends where it closes. */
function depthsOf({ groups }: Inventory): Map<string, number> {
  const depths = new Map<string, number>([['all', 0]]);
  const visit = (name: string, depth: number, above: ReadonlySet<string>): void => {
    if (above.has(name) || (depths.get(name) ?? 0) > depth) return;
    depths.set(name, depth);
    for (const child of groups.get(name)?.children ?? []) visit(child, depth + 1, new Set([...above, name]));
  };
  const inside = new Set([...groups.values()].flatMap(({ children }) => children));
  for (const name of groups.keys()) if (name !== 'all' && !inside.has(name)) visit(name, 1, new Set());
  visit('all', 0, new Set());
  return depths;
}
