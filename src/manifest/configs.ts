import type { Manifest, ManifestResource } from './types.js';

/**
 * The configs that make up `name`, in order of apply: what it includes first, depth first, each once, itself last.
 * Names that aren't declared are left out; a cycle ends where it closes.
 */
export function configsOf(configs: Manifest['configs'], name: string): string[] {
  const seen = new Set<string>();
  const order: string[] = [];
  const visit = (one: string): void => {
    if (seen.has(one) || !Object.hasOwn(configs, one)) return;
    seen.add(one);
    for (const inner of configs[one]?.include ?? []) visit(inner);
    order.push(one);
  };
  visit(name);
  return order;
}

/** Every resource written for `name`, in order of apply, before `override` takes effect. */
export function resourcesOf(configs: Manifest['configs'], name: string): ManifestResource[] {
  return configsOf(configs, name).flatMap((inner) => configs[inner]?.resources ?? []);
}
