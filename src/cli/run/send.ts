import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type FailureCode, MillwrightError } from '../../model/index.js';
import type { Answer, SteerRequest } from '../../workflows/types.js';
import { refused } from '../errors.js';
import type { Engine } from '../temporal.js';
import { who } from '../who.js';

const DEADLINE_MS = 10_000;

const passive: Readonly<Record<Answer, string>> = {
  retry: 'retried',
  skip: 'skipped',
  rollback: 'rolled back',
  stop: 'stopped',
};

/** Tells a run what a person wants; comes back once it has accepted, or says why it refused (exit 9). */
export async function send(
  engine: Engine,
  run: { readonly id: string; readonly runId?: string },
  verb: Answer,
  request: Omit<SteerRequest, 'by'> = {},
): Promise<void> {
  const handle = engine.client.workflow.getHandle(run.id, run.runId);
  try {
    await engine.connection.withDeadline(Date.now() + DEADLINE_MS, () =>
      handle.executeUpdate(verb, { args: [{ by: who(), ...request }] }),
    );
  } catch (error) {
    throw explained(error, verb, request.machine ?? 'the run');
  }
}

/** Code of a refusal to steer: `MW-REFUSED-RETRY`. */
export const refusalCode = (verb: Answer): FailureCode => `MW-REFUSED-${verb.toUpperCase()}`;

function explained(error: unknown, verb: Answer, what: string): unknown {
  if (error instanceof WorkflowNotFoundError) {
    return refused(
      refusalCode(verb),
      `${what} can't be ${passive[verb]}: the run has ended meanwhile.`,
      'millwright status shows how.',
    );
  }
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return nobody(verb);
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure))
    return error;
  return refused(
    refusalCode(verb),
    `${what} can't be ${passive[verb]}: ${error.cause.message.replace(/\.$/, '')}.`,
    'millwright status shows what the run waits for, and what can be answered.',
  );
}

const nobody = (verb: Answer): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ENGINE-SILENT',
      cause: 'infrastructure',
      message: `Nobody took the ${verb} within ${DEADLINE_MS / 1000} s: no worker of control answers. It may still be taken when one is back.`,
      remedy:
        'Start one (millwright dev, or millwright worker --control), look at millwright status, then type it again.',
    },
    true,
  );
