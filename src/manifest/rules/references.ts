import { type Draft, declared, isWritten, problemAt, type Rule } from '../draft.js';
import { didYouMean } from '../suggest.js';
import type { Problem } from '../types.js';

/** One name that something says, where it says it, and the section it must stand in. */
interface Reference {
  readonly path: string;
  readonly name: string;
  readonly section: 'configs' | 'groups' | 'sites' | 'images' | 'networks' | 'people';
}

const words = {
  configs: 'config',
  groups: 'group',
  sites: 'site',
  images: 'image',
  networks: 'network',
  people: 'person',
} as const;

const sections = ['configs', 'groups', 'sites', 'images', 'networks', 'people'] as const;

/** Whatever is named is declared. */
export const referencesResolve: Rule = (draft) => {
  const known = new Map<string, readonly string[]>(
    sections.map((section) => [section, declared(draft, section)]),
  );
  return [...configReferences(draft), ...groupReferences(draft)].flatMap((reference) =>
    unresolved(draft, reference, known.get(reference.section) ?? []),
  );
};

function unresolved(draft: Draft, { path, name, section }: Reference, names: readonly string[]): Problem[] {
  if (names.includes(name)) return [];
  const remedy = didYouMean(name, names, `Declared`) ?? `Declare it under "${section}".`;
  return [problemAt(draft, path, `There is no ${words[section]} "${name}".`, remedy)];
}

function configReferences(draft: Draft): Reference[] {
  return Object.entries(draft.manifest.configs).flatMap(([name, config]) => [
    ...config.include.map((inner, i) => ({
      path: `configs.${name}.include[${i}]`,
      name: inner,
      section: 'configs' as const,
    })),
    ...config.resources.flatMap((resource) =>
      resource.type === 'user'
        ? (resource.keysOf ?? []).map((person, i) => ({
            path: `${resource.path}.keysOf[${i}]`,
            name: person,
            section: 'people' as const,
          }))
        : [],
    ),
  ]);
}

function groupReferences(draft: Draft): Reference[] {
  return Object.entries(draft.manifest.groups).flatMap(([name, group]): Reference[] => [
    { path: `groups.${name}.config`, name: group.config, section: 'configs' },
    ...inherited(draft, name, 'site', group.site),
    ...inherited(draft, name, 'image', group.image),
    ...group.after.map((other, i) => ({
      path: `groups.${name}.after[${i}]`,
      name: other,
      section: 'groups' as const,
    })),
    ...Object.keys(group.addresses).map((network) => ({
      path: `groups.${name}.addresses.${network}`,
      name: network,
      section: 'networks' as const,
    })),
  ]);
}

/** A site or image is complained about where it is written, be that the group or `defaults`. */
function inherited(draft: Draft, group: string, key: 'site' | 'image', name: string): Reference[] {
  if (name === '') return [];
  const own = `groups.${group}.${key}`;
  const path = isWritten(draft, own) ? own : `defaults.${key}`;
  return [{ path, name, section: `${key}s` }];
}
