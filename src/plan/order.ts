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
