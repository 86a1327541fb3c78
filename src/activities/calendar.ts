import { windowState } from '../calendar/index.js';
import { type Freeze, MillwrightError, type Plan, type WindowState } from '../model/index.js';
import { holdsIn } from '../policy/index.js';
import { readPlan } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import type { GovernActivities } from './types.js';

export const timed = (deps: ControlDeps): Pick<GovernActivities, 'window'> => ({
  window: ({ plan, at }) => attempt(async () => windowAt(deps, await readPlan(deps.store, plan), at)),
});

/** What a plan says of when, and for whom. */
export type Times = Pick<Plan, 'fleetUid' | 'environment' | 'windows' | 'freezes'>;

/** The policy's freezes count like the plan's own; nothing is open while it can't be read. `at`: ISO 8601. */
export async function windowAt(
  { policy }: Pick<ControlDeps, 'policy'>,
  times: Times,
  at: string,
): Promise<WindowState> {
  const more = await policyFreezes(policy, times);
  if (typeof more === 'string') return { open: false, why: more, atClose: 'pause' };
  return windowState(times.windows ?? [], [...(times.freezes ?? []), ...more], new Date(at));
}

/** Whether a plan may have to wait at all: nobody is asked where neither it nor the policy says when. */
export async function isTimed({ policy }: ControlDeps, plan: Times): Promise<boolean> {
  const { windows = [], freezes = [] } = plan;
  return windows.length + freezes.length > 0 || (await policyFreezes(policy, plan)).length > 0;
}

/** Those that hold for the plan; a text where the policy can't be read: then nothing is begun. */
async function policyFreezes(
  policy: ControlDeps['policy'],
  plan: Times,
): Promise<readonly Freeze[] | string> {
  try {
    return ((await policy?.())?.policy.freezes ?? []).filter((one) => holdsIn(one, plan));
  } catch (error) {
    if (error instanceof MillwrightError) return error.info.message;
    throw error;
  }
}
