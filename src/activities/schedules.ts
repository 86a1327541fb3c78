import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

export const scheduling = (_deps: ControlDeps): Pick<GovernActivities, 'keepReconciled'> => ({
  keepReconciled: () => Promise.reject(new Error('not built')),
});
