import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { type Change, type Digest, shortDigest } from '../../model/index.js';
import { type ChangeMemo, changeStart } from '../../workflows/start.js';
import { refused } from '../errors.js';
import type { Engine } from '../temporal.js';

export interface Started {
  readonly id: string;
  readonly runId: string;
  readonly changeId: string;
  /** It ran already with the same intent: nothing was started. */
  readonly attached: boolean;
}

/** Starts the workflow of a change, or attaches to the one that wants the same; another is `busy` (exit 9). */
export async function startChange(engine: Engine, change: Change, document: Digest): Promise<Started> {
  const { type, workflowId, ...options } = changeStart(change, document);
  try {
    const handle = await engine.client.workflow.start(type, {
      ...options,
      workflowId,
      workflowIdConflictPolicy: 'FAIL',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    });
    return { id: workflowId, runId: handle.firstExecutionRunId, changeId: change.id, attached: false };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return attach(change, engine.client.workflow.getHandle(workflowId));
  }
}

async function attach(change: Change, handle: WorkflowHandle): Promise<Started> {
  const { runId, memo } = await handle.describe();
  const theirs = memo as unknown as ChangeMemo | undefined;
  if (theirs?.intent === change.intent) {
    return {
      id: handle.workflowId,
      runId,
      changeId: theirs.changeId,
      attached: theirs.changeId !== change.id,
    };
  }
  throw refused(
    'MW-BUSY',
    `${change.fleet}/${change.environment} is busy: ${theirs?.startedBy ?? 'somebody'} runs ${theirs?.verb ?? 'a change'} with plan ${shortDigest(theirs?.plan ?? 'unknown')} (${handle.workflowId}).`,
    [
      `Watch it: millwright status -w -e ${change.environment}`,
      ...(change.verb === 'up'
        ? [`Stop it and run yours: millwright up --supersede -e ${change.environment}`]
        : []),
      `End it: millwright stop ${theirs?.changeId ?? 'RUN'} -e ${change.environment}, then type this again.`,
    ].join('\n'),
  );
}
