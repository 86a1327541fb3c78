import { windowState } from '../calendar/index.js';
import { readPlan } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

export const timed = ({ store }: ControlDeps): Pick<GovernActivities, 'window'> => ({
  window: ({ plan, at }) =>
    attempt(async () => {
      const { windows = [], freezes = [] } = await readPlan(store, plan);
      return windowState(windows, freezes, new Date(at));
    }),
});
