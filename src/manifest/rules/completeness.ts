import { type Draft, problemAt, type Rule } from '../draft.js';
import type { ManifestGroup, Problem } from '../types.js';

/** Each group has a site, an image and a size, its own or from `defaults`. */
export const groupsAreComplete: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]) =>
    missingOf(group)
      .filter((key) => draft.isSound(`groups.${name}.${key}`) && draft.isSound(`defaults.${key}`))
      .map(
        (key): Problem =>
          problemAt(
            draft,
            `groups.${name}`,
            `"${key}" is missing.`,
            `Write ${key} here or in "defaults".${known(draft, key)}`,
          ),
      ),
  );

function missingOf(group: ManifestGroup): ('site' | 'image' | 'size')[] {
  return [
    ...(group.site === '' ? (['site'] as const) : []),
    ...(group.machines === undefined && group.image === '' ? (['image'] as const) : []),
    ...(group.machines === undefined && group.size.cpus === 0 ? (['size'] as const) : []),
  ];
}

function known(draft: Draft, key: 'site' | 'image' | 'size'): string {
  if (key === 'size') return ' For example {cpus: 1, memory: 512MiB, disk: 4GiB}.';
  const names = Object.keys(draft.manifest[`${key}s`]);
  return names.length === 0 ? '' : ` Declared here: ${names.join(', ')}.`;
}
