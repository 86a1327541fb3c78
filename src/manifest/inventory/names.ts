import type { MergedHost } from './merge.js';

interface Named {
  readonly machine: string;
  readonly group: string;
}

/** A text made into a DNS label. */
const label = (text: string, most = 63): string =>
  text
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .slice(0, most)
    .replace(/^-+|-+$/g, '') || 'machine';

export const labelKey = (group: string): string =>
  group
    .replace(/[^A-Za-z0-9_-]/g, '_')
    .replace(/^[_-]+/, '')
    .slice(0, 63) || 'group';

/** Names of machines and groups by host: short where that tells them apart, and no two alike. */
export function namesOf(hosts: readonly MergedHost[], notes: string[]): ReadonlyMap<string, Named> {
  const short = (name: string): string =>
    /^[0-9.:]+$/.test(name) ? `host-${name}` : (name.split('.')[0] ?? name);
  const counts = new Map<string, number>();
  for (const { name } of hosts) counts.set(label(short(name)), (counts.get(label(short(name))) ?? 0) + 1);
  const taken = new Set<string>();
  const machines = hosts.map(({ name }) => {
    const wanted = counts.get(label(short(name))) === 1 ? label(short(name)) : label(name);
    const machine = free(wanted, taken);
    if (machine !== name) notes.push(`${name}: is called ${machine} here`);
    return [name, machine] as const;
  });
  const groups = new Map<string, string>();
  for (const { home = 'machines' } of hosts) {
    if (groups.has(home)) continue;
    const group = free(label(home, 55), taken);
    if (group !== home) notes.push(`group ${home} is called ${group} here`);
    groups.set(home, group);
  }
  const homes = new Map(hosts.map(({ name, home = 'machines' }) => [name, groups.get(home) ?? home]));
  return new Map(
    machines.map(([name, machine]) => [name, { machine, group: homes.get(name) ?? 'machines' }]),
  );
}

/** The name, or with a number that makes it one of its own. */
function free(name: string, taken: Set<string>): string {
  let found = name;
  for (let n = 2; taken.has(found); n += 1) found = `${name}-group${n === 2 ? '' : n}`;
  taken.add(found);
  return found;
}
