import type { EnvironmentRef } from '../model/index.js';
import { readPlan } from '../store/documents.js';
import { windowAt } from './calendar.js';
import type { ControlDeps } from './deps.js';

/** Windows and freezes are those of the plan that is in force, and the policy's. Undefined: changes may be made. */
export async function closedNow(
  deps: Pick<ControlDeps, 'record' | 'store' | 'policy'>,
  environment: EnvironmentRef,
  at: string,
): Promise<string | undefined> {
  const inForce = (await deps.record.changes(environment, recent)).find(
    ({ change, outcome }) => change.verb === 'up' && outcome === 'succeeded',
  );
  const times = inForce === undefined ? environment : await readPlan(deps.store, inForce.change.plan);
  const { open, why } = await windowAt(deps, times, at);
  return open ? undefined : why;
}

/** Changes among which the last one that succeeded is looked for. */
const recent = 100;
