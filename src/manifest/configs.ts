import type { Manifest, ManifestResource } from './types.js';

/**
 * The configs that make up `name`, in order of apply: what it includes first, depth first, each once, itself last.
 * Names that aren't declared are left out; a cycle ends where it closes.
 */
export function configsOf(
  configs: Manifest['configs'],
  name: string,
  seen: Set<string> = new Set(),
): string[] {
  if (seen.has(name) || !Object.hasOwn(configs, name)) return [];
  seen.add(name);
  const included = configs[name]?.include ?? [];
  return [...included.flatMap((inner) => configsOf(configs, inner, seen)), name];
}

/** Every resource written for `name`, in order of apply, before `override` takes effect. */
export function resourcesOf(configs: Manifest['configs'], name: string): ManifestResource[] {
  return configsOf(configs, name).flatMap((inner) => configs[inner]?.resources ?? []);
}
