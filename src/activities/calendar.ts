import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

export const timed = (_deps: ControlDeps): Pick<GovernActivities, 'window'> => ({
  window: () => Promise.reject(new Error('not built')),
});
