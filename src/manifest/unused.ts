import { configsOf } from './configs.js';
import { type Draft, problemAt } from './draft.js';
import type { Problem } from './types.js';

/** What is declared and used by no group of this environment: shown, never fatal. */
export function findUnused(draft: Draft): Problem[] {
  const { configs, images, networks, groups } = draft.manifest;
  const all = Object.values(groups);
  return [
    ...unused(
      draft,
      'configs',
      configs,
      all.flatMap((group) => configsOf(configs, group.config)),
    ),
    ...unused(
      draft,
      'images',
      images,
      all.map((group) => group.image),
    ),
    ...unused(
      draft,
      'networks',
      networks,
      all.flatMap((group) => Object.keys(group.addresses)),
    ),
  ];
}

function unused(draft: Draft, section: string, declared: object, used: readonly string[]): Problem[] {
  const names = new Set(used);
  return Object.keys(declared)
    .filter((name) => !names.has(name))
    .map((name) =>
      problemAt(draft, `${section}.${name}`, `No group of this environment uses ${section}.${name}.`),
    );
}
