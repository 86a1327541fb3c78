import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { EnvironmentRef, MillwrightError } from '../../model/index.js';
import type { ChangeMemo } from '../../workflows/start.js';
import { refused } from '../errors.js';
import { type ActiveRun, activeRuns } from '../run/active.js';
import type { Engine } from '../temporal.js';

/** Refuses (exit 9) what must not happen beside a run of the environment. */
export async function refuseBesideRun(
  engine: Engine,
  environment: EnvironmentRef,
  what: string,
): Promise<void> {
  const [active] = await activeRuns(engine, environment);
  if (active) throw busy(environment, active.memo, what);
}

const busy = (
  { fleet, environment }: EnvironmentRef,
  { changeId, startedBy, verb }: ActiveRun['memo'],
  what: string,
): MillwrightError =>
  refused(
    'MW-BUSY',
    `${fleet}/${environment} is busy: ${startedBy} runs ${verb} ${changeId}. ${what}`,
    `Watch it: millwright status ${changeId} -w -e ${environment}. End it: millwright stop ${changeId} -e ${environment}. Then run this again.`,
  );

/** Starts what needs the machine for itself; whoever works on it already keeps it (exit 9). */
export async function startAlone<T>(
  engine: Engine,
  machine: string,
  workflowId: string,
  start: () => Promise<T>,
): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const { memo } = await engine.client.workflow.getHandle(workflowId).describe();
    const { changeId, startedBy } = (memo ?? {}) as Partial<ChangeMemo>;
    throw refused(
      'MW-BUSY',
      `${machine} is busy: ${startedBy ?? 'somebody'} works on it${changeId ? ` by ${changeId}` : ''}. Nothing was done.`,
      'millwright status shows it. Wait for it or stop it, then run this again.',
    );
  }
}
