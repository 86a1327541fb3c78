import type { ManifestGroup } from '../manifest/types.js';
import { compare } from './problems.js';

type Groups = Readonly<Record<string, Pick<ManifestGroup, 'after'>>>;

/** Group names, each after all of its `after`; among equals by name, so that no order of keys matters. */
export function orderGroups(groups: Groups): string[] {
  const ordered = new Set<string>();
  const place = (name: string): void => {
    if (ordered.has(name)) return;
    for (const before of [...(groups[name]?.after ?? [])].sort(compare)) place(before);
    ordered.add(name);
  };
  for (const name of Object.keys(groups).sort(compare)) place(name);
  return [...ordered];
}

/**
 * In order of apply, without groups that have no machines; whoever came after one of them comes after those that it came
 * after.
 */
export function withoutEmpty<G extends Ordered>(groups: readonly G[]): G[] {
  const instead = new Map<string, readonly string[]>();
  return groups.flatMap((group) => {
    const after = [...new Set(group.after.flatMap((name) => instead.get(name) ?? [name]))].sort(compare);
    if (group.targets.length > 0) return [{ ...group, after }];
    instead.set(group.group, after);
    return [];
  });
}

interface Ordered {
  readonly group: string;
  readonly after: readonly string[];
  readonly targets: readonly unknown[];
}
