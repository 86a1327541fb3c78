import type { Manifest, ManifestGroup, ManifestRollout } from '../manifest/types.js';
import {
  type Around,
  batchSizes,
  machinesOf,
  type Strategy,
  sha256Hex,
  type Target,
} from '../model/index.js';
import type { DeclaredMachine } from './machines.js';
import { compare } from './problems.js';

/** How a change spreads over this many machines of a group; nothing where the group says nothing about it. */
export function strategyOf(rollout: ManifestRollout, machines: number): { readonly strategy?: Strategy } {
  const { batches, soakMs, maxFailed, surge, watch } = rollout;
  if ([batches, soakMs, maxFailed, surge, watch].every((one) => one === undefined)) return {};
  return {
    strategy: {
      batches: batchSizes(batches ?? [], machines),
      soakMs: soakMs ?? 0,
      maxFailed: machinesOf(maxFailed ?? 0, smallestBatch(rollout, machines), Math.floor),
      surge: surge ?? 0,
      probes: watch ?? [],
    },
  };
}

/** Of those after the canary, as written: what is left for the last one to do doesn't count. */
function smallestBatch({ batches = [] }: ManifestRollout, machines: number): number {
  const sizes = (batches.length > 1 ? batches.slice(1) : batches).map((size) => machinesOf(size, machines));
  return Math.min(machines, ...sizes);
}

/** Machines of a group, the ones worked on first in front; shuffled is the same every time. */
export function inOrder(
  machines: readonly DeclaredMachine[],
  order: ManifestRollout['order'],
): readonly DeclaredMachine[] {
  if (order === 'reverse') return [...machines].reverse();
  if (order !== 'shuffled') return machines;
  return machines
    .map((machine) => ({ machine, key: sha256Hex(machine.name) }))
    .sort((a, b) => compare(a.key, b.key))
    .map(({ machine }) => machine);
}

/** Site of each machine by name. */
export const sitesOf = (
  { groups }: Manifest,
  machines: readonly DeclaredMachine[],
): ReadonlyMap<string, string> =>
  new Map(machines.map(({ name, group }) => [name, groups[group]?.site ?? '']));

/** How a machine of a group is taken out of use and put back, each step with the site that it runs at. */
export function aroundOf(
  { around }: ManifestGroup,
  sites: ReadonlyMap<string, string>,
): Pick<Target, 'around'> {
  if (!around) return {};
  const step = (when: keyof Around): Around[typeof when] => ({
    ...around[when],
    site: sites.get(around[when].at) ?? '',
  });
  return { around: { drain: step('drain'), restore: step('restore') } };
}
