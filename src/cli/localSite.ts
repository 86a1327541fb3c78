import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Provider } from '../providers/port.js';
import type { Settings } from '../settings.js';

/** The site whose machines are on this host, by its state directory; undefined where no worker of a site ever ran. */
export async function siteHere(
  settings: Settings,
): Promise<{ site: string; provider: Provider } | undefined> {
  const text = await readFile(join(settings.state, 'site.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { site } = JSON.parse(text) as { site: string };
  const { createQemuProvider } = await import('../providers/qemu/index.js');
  return { site, provider: createQemuProvider({ stateDir: settings.state, site }) };
}
