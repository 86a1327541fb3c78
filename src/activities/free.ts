import type { ControlDeps } from './deps.js';

/** How many are asked for side by side: each is a call to the Temporal server. */
const askedAtOnce = 20;

/** Those ids under which no workflow runs. */
export async function free(
  { holder }: Pick<ControlDeps, 'holder'>,
  ids: readonly string[],
): Promise<string[]> {
  const found: string[] = [];
  for (let from = 0; from < ids.length; from += askedAtOnce) {
    const some = ids.slice(from, from + askedAtOnce);
    const held = await Promise.all(some.map(async (id) => (await holder(id)).running));
    found.push(...some.filter((_, n) => !held[n]));
  }
  return found;
}
