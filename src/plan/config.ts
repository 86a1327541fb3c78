import type { Manifest, ManifestCheck, ManifestResource, Vars } from '../manifest/types.js';
import { compare } from './problems.js';

/** A config with its includes in one list each: included ones first, each included config once. */
export interface FlatConfig {
  readonly vars: Vars;
  readonly resources: readonly ManifestResource[];
  readonly verify: readonly ManifestCheck[];
}

export function flattenConfig(manifest: Manifest, name: string): FlatConfig {
  const names = withIncludes(manifest, name);
  const configs = names.flatMap((one) => manifest.configs[one] ?? []);
  return {
    vars: sorted(Object.assign({}, ...configs.map((config) => config.vars))),
    resources: mergeResources(configs.flatMap((config) => config.resources)),
    verify: configs.flatMap((config) => config.verify),
  };
}

/** Depth first, so that what a config builds on stands before it. */
function withIncludes(manifest: Manifest, name: string, seen = new Set<string>()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const included = manifest.configs[name]?.include ?? [];
  return [...included.flatMap((one) => withIncludes(manifest, one, seen)), name];
}

/** A resource that overrides another takes its place in the order: what follows may need it there. */
const mergeResources = (resources: readonly ManifestResource[]): ManifestResource[] => [
  ...new Map(resources.map((resource) => [resource.id, resource])).values(),
];

const sorted = (vars: Vars): Vars =>
  Object.fromEntries(Object.entries(vars).sort(([a], [b]) => compare(a, b)));
