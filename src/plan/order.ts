import type { ManifestGroup } from '../manifest/types.js';
import { compare, type Problems } from './problems.js';

/** Group names, each after all of its `after`; among equals by name, so that no order of keys matters. */
export function orderGroups(
  groups: Readonly<Record<string, Pick<ManifestGroup, 'after'>>>,
  problems: Problems,
): string[] {
  const ordered: string[] = [];
  const placed = new Set<string>();
  let waiting = Object.keys(groups).sort(compare);
  while (waiting.length > 0) {
    const ready = waiting.filter((name) => afterOf(groups, name).every((before) => placed.has(before)));
    if (ready.length === 0) return [...ordered, ...cycle(waiting, problems)];
    for (const name of ready) placed.add(name);
    ordered.push(...ready);
    waiting = waiting.filter((name) => !placed.has(name));
  }
  return ordered;
}

/** Unknown names are the manifest's to report. */
const afterOf = (
  groups: Readonly<Record<string, Pick<ManifestGroup, 'after'>>>,
  name: string,
): readonly string[] => (groups[name]?.after ?? []).filter((before) => groups[before] !== undefined);

function cycle(waiting: readonly string[], problems: Problems): readonly string[] {
  problems.at(`groups.${waiting[0]}.after`, {
    message: `Groups ${waiting.join(', ')} wait for each other.`,
    remedy: 'Take one `after` out of the circle.',
  });
  return waiting;
}
