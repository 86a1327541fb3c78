import type { Workers } from './types.js';

/** A worker that lives asks again at least once a minute, even where there is nothing to do. */
const LONG_POLL_MS = 90_000;

/** Whether nobody can be serving a queue any more. */
export const nobodyServes = ({ lastSeen }: Workers, now: string): boolean =>
  lastSeen === null || Date.parse(now) - Date.parse(lastSeen) > LONG_POLL_MS;

/** `mw-site-main-push` → `main`. */
export const siteOfQueue = (queue: string): string =>
  queue.replace(/^mw-site-/, '').replace(/-(vm|push|look)$/, '');

export const startWorker = (site: string) => ({
  command: `millwright worker --site ${site}`,
  does: `on the host of site ${site}; millwright dev does it for its own`,
});
export const startControl = {
  command: 'millwright worker --control',
  does: 'anywhere that reaches Temporal, record and store; millwright dev does it, too',
};
