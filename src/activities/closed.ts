import { windowState } from '../calendar/index.js';
import type { EnvironmentRef } from '../model/index.js';
import { readPlan } from '../store/documents.js';
import type { ControlDeps } from './deps.js';

/** Windows and freezes are those of the plan that is in force. Undefined: changes may be made. */
export async function closedNow(
  { record, store }: Pick<ControlDeps, 'record' | 'store'>,
  environment: EnvironmentRef,
  at: string,
): Promise<string | undefined> {
  const inForce = (await record.changes(environment, recent)).find(
    ({ change, outcome }) => change.verb === 'up' && outcome === 'succeeded',
  );
  if (inForce === undefined) return undefined;
  const { windows = [], freezes = [] } = await readPlan(store, inForce.change.plan);
  const { open, why } = windowState(windows, freezes, new Date(at));
  return open ? undefined : why;
}

/** Changes among which the last one that succeeded is looked for. */
const recent = 100;
