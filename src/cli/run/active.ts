import { type EnvironmentRef, workflowId } from '../../model/index.js';
import type { ChangeMemo } from '../../workflows/start.js';
import type { Engine } from '../temporal.js';

export interface ActiveRun {
  readonly id: string;
  readonly runId: string;
  readonly memo: ChangeMemo;
}

/** Rollouts and destroys of an environment that run now. */
export async function activeRuns(engine: Engine, environment: EnvironmentRef): Promise<ActiveRun[]> {
  const query = [
    'ExecutionStatus = "Running"',
    `(WorkflowId = "${workflowId.rollout(environment)}" OR WorkflowId STARTS_WITH "${workflowId.destroy(environment, '')}")`,
  ].join(' AND ');
  const runs: ActiveRun[] = [];
  for await (const one of engine.client.workflow.list({ query })) {
    runs.push({ id: one.workflowId, runId: one.runId, memo: one.memo as unknown as ChangeMemo });
  }
  return runs;
}

/** Workflow of a change, by what it does. */
export const workflowOf = (
  change: EnvironmentRef & { readonly id: string; readonly verb: string },
): string => (change.verb === 'destroy' ? workflowId.destroy(change, change.id) : workflowId.rollout(change));
