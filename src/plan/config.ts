import type {
  LoadedFleet,
  Location,
  Manifest,
  ManifestCheck,
  ManifestResource,
  Vars,
} from '../manifest/types.js';
import { compare, type Problems } from './problems.js';

/** A config with its includes in one list each: included ones first, each included config once. */
export interface FlatConfig {
  readonly vars: Vars;
  readonly resources: readonly ManifestResource[];
  readonly verify: readonly ManifestCheck[];
}

export function flattenConfig(fleet: LoadedFleet, name: string, problems: Problems): FlatConfig {
  const names = withIncludes(fleet.manifest, name);
  const configs = names.flatMap((one) => fleet.manifest.configs[one] ?? []);
  return {
    vars: sorted(Object.assign({}, ...configs.map((config) => config.vars))),
    resources: mergeResources(
      fleet,
      configs.flatMap((config) => config.resources),
      problems,
    ),
    verify: configs.flatMap((config) => config.verify),
  };
}

/** Depth first, so that what a config builds on stands before it. */
export function withIncludes(manifest: Manifest, name: string, seen = new Set<string>()): string[] {
  if (seen.has(name)) return [];
  seen.add(name);
  const included = manifest.configs[name]?.include ?? [];
  return [...included.flatMap((one) => withIncludes(manifest, one, seen)), name];
}

/** A resource that overrides another takes its place in the order: what follows may need it there. */
function mergeResources(
  fleet: LoadedFleet,
  resources: readonly ManifestResource[],
  problems: Problems,
): ManifestResource[] {
  const merged = new Map<string, ManifestResource>();
  for (const resource of resources) {
    const earlier = merged.get(resource.id);
    if (earlier && !resource.override)
      problems.at(resource.path, duplicate(resource, fleet.where(earlier.path)));
    merged.set(resource.id, resource);
  }
  return [...merged.values()];
}

export function duplicate(resource: { readonly id: string }, earlier: Location | undefined) {
  const place = earlier ? ` at ${earlier.file}:${earlier.line}` : '';
  return {
    message: `${resource.id} is declared${place} already.`,
    remedy: 'Remove one of them, or write `override: true` on the later one to replace the earlier.',
  };
}

const sorted = (vars: Vars): Vars =>
  Object.fromEntries(Object.entries(vars).sort(([a], [b]) => compare(a, b)));
