import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

type Agreeing = Pick<GovernActivities, 'agreement' | 'judgeVote' | 'putVote'>;

export const agreeing = (_deps: ControlDeps): Agreeing => ({
  agreement: () => Promise.reject(new Error('not built')),
  judgeVote: () => Promise.reject(new Error('not built')),
  putVote: () => Promise.reject(new Error('not built')),
});
