import type { Provider } from '../../../src/providers/port.js';
import { createQemuProvider, type SiteOptions } from '../../../src/providers/qemu/index.js';

export interface Call {
  readonly method: Exclude<keyof Provider, 'name'>;
  /** Without progress and signal. */
  readonly args: readonly unknown[];
}

/** What the process of an attempt runs. */
export function call({ site, method, args }: Call & { site: SiteOptions }): Promise<unknown> {
  const provider = createQemuProvider(site);
  const act = provider[method] as (...all: unknown[]) => Promise<unknown>;
  return act(...args, () => undefined, new AbortController().signal);
}
