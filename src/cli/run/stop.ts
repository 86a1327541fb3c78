import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { refused } from '../errors.js';
import type { Engine } from '../temporal.js';
import { who } from '../who.js';

/** Asks a run to end after its running steps; answers once it has accepted. */
export async function askToStop(
  engine: Engine,
  run: { readonly id: string; readonly runId?: string },
): Promise<void> {
  const handle = engine.client.workflow.getHandle(run.id, run.runId);
  try {
    await engine.connection.withDeadline(Date.now() + 10_000, () =>
      handle.executeUpdate('stop', { args: [{ by: who() }] }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure))
      throw error;
    throw refused('MW-REFUSED-STOP', `The run can't be stopped: ${error.cause.message}.`);
  }
}
