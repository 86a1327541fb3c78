import { windowState } from '../calendar/index.js';
import { type Freeze, MillwrightError, type Plan } from '../model/index.js';
import { holdsIn } from '../policy/index.js';
import { readPlan } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

export const timed = ({ store, policy }: ControlDeps): Pick<GovernActivities, 'window'> => ({
  window: ({ plan, at }) =>
    attempt(async () => {
      const read = await readPlan(store, plan);
      const more = await policyFreezes(policy, read);
      if (typeof more === 'string') return { open: false, why: more, atClose: 'pause' };
      return windowState(read.windows ?? [], [...(read.freezes ?? []), ...more], new Date(at));
    }),
});

/** Whether a plan may have to wait at all: nobody is asked where neither it nor the policy says when. */
export async function isTimed({ policy }: ControlDeps, plan: Plan): Promise<boolean> {
  const { windows = [], freezes = [] } = plan;
  return windows.length + freezes.length > 0 || (await policyFreezes(policy, plan)).length > 0;
}

/** Those that hold for the plan; a text where the policy can't be read: then nothing is begun. */
async function policyFreezes(policy: ControlDeps['policy'], plan: Plan): Promise<readonly Freeze[] | string> {
  try {
    return ((await policy?.())?.policy.freezes ?? []).filter((one) => holdsIn(one, plan));
  } catch (error) {
    if (error instanceof MillwrightError) return error.info.message;
    throw error;
  }
}
