import type { SiteDeps } from './deps.js';
import type { LookActivities } from './types.js';

export const probe =
  (_deps: SiteDeps): LookActivities['probe'] =>
  () =>
    Promise.reject(new Error('not built'));
