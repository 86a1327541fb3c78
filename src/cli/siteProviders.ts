import { loadEnvironments } from '../manifest/index.js';
import { type Settings, siteSettings } from '../settings.js';

/** Sites that the fleet in the working directory declares, with their providers; none where there is no such fleet. */
async function declaredSites(): Promise<ReadonlyMap<string, 'qemu' | 'static'>> {
  const result = await loadEnvironments(process.cwd());
  if (!result.ok) return new Map();
  return new Map(
    result.fleets.flatMap(({ manifest }) =>
      Object.entries(manifest.sites).map(([name, { provider }]) => [name, provider] as const),
    ),
  );
}

/** Settings in which every site has a provider: its own word first, then that of the fleet here. */
export async function withProviders(settings: Settings, sites: readonly string[]): Promise<Settings> {
  const declared = await declaredSites();
  const all = sites.map((name) => {
    const site = siteSettings(settings, name);
    return [name, { ...site, provider: site.provider ?? declared.get(name) ?? 'qemu' }] as const;
  });
  return { ...settings, sites: { ...settings.sites, ...Object.fromEntries(all) } };
}

/** Sites whose machines exist already: any host may serve them beside its own. */
export async function staticSites(): Promise<string[]> {
  return [...(await declaredSites())].flatMap(([name, provider]) => (provider === 'static' ? [name] : []));
}
