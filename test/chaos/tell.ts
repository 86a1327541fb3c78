import type { WorkflowHandle } from '@temporalio/client';
import type { SimFleet } from '../support/sim-fleet.js';
import { sleep } from './faults.js';

/** A fleet in a line of the timeline. */
export const describe = (fleet: SimFleet | undefined): string =>
  fleet?.groups
    .map(({ group, count, steps = [], wrong = [], onFailure, rollback, after = [] }) => {
      const bad = steps.find((one) => typeof one === 'object' && one.fails !== undefined);
      const badly =
        wrong.length > 0 ? ' fails its verification' : bad === undefined ? '' : ` fails ${idOf(bad)}`;
      return `${group}×${count}${after.length > 0 ? ` after ${after}` : ''} onFailure ${onFailure} rungs ${rollback}${badly}`;
    })
    .join(' | ') ?? '';

const idOf = (step: string | { readonly id: string }): string => (typeof step === 'string' ? step : step.id);

/** What a workflow that doesn't end is at, as far as the server knows. */
export async function state(handle: WorkflowHandle): Promise<string> {
  const { raw } = await handle.describe();
  const failure = raw.pendingWorkflowTask?.attempt ?? 0;
  const progress = await Promise.race([
    handle.query<unknown>('progress').catch((error: unknown) => String(error)),
    sleep(3_000).then(() => 'no answer'),
  ]);
  return `workflow task attempt ${failure}, ${JSON.stringify(progress).slice(0, 1500)}`;
}
