import type { SiteDeps } from './deps.js';

const consoleBytes = 256 * 1024;

/** The console's digest; an unreadable console is no reason to keep a machine, but a store that can't keep it is. */
export async function captureConsole(deps: SiteDeps, instance: string): Promise<string | undefined> {
  const text = await deps.provider.console(instance, consoleBytes).catch(() => '');
  return text === '' ? undefined : deps.store.put(text);
}
