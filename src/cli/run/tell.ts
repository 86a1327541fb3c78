import {
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type FailureCode, MillwrightError } from '../../model/index.js';
import { refused } from '../errors.js';
import type { Engine } from '../temporal.js';

/** What is asked of a run, and how its refusal is put. */
export interface Message {
  /** Name of the update. */
  readonly update: string;
  readonly argument: object;
  /** Code of a refusal; those of votes have their own. */
  readonly code: FailureCode;
  /** `web-1 can't be retried`. */
  readonly refusal: string;
  /** Undefined: ten seconds. */
  readonly deadlineMs?: number;
}

/** Sends an update; comes back with the run's answer, or says why it refused (exit 9). */
export async function tell<T>(
  engine: Engine,
  run: { readonly id: string; readonly runId?: string },
  message: Message,
): Promise<T> {
  const { update, argument, deadlineMs = 10_000 } = message;
  const handle = engine.client.workflow.getHandle(run.id, run.runId);
  try {
    return await engine.connection.withDeadline(Date.now() + deadlineMs, () =>
      handle.executeUpdate<T, [object]>(update, { args: [argument] }),
    );
  } catch (error) {
    throw explained(error, message, deadlineMs);
  }
}

function explained(error: unknown, { update, code, refusal }: Message, deadlineMs: number): unknown {
  if (error instanceof WorkflowNotFoundError)
    return refused(code, `${refusal}: the run has ended meanwhile.`, 'millwright status shows how.');
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return nobody(update, deadlineMs);
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure))
    return error;
  const { type, message } = error.cause;
  return refused(
    isVoteCode(type) ? type : code,
    `${refusal}: ${message.replace(/\.$/, '')}.`,
    'millwright status shows what the run waits for, and what can be answered.',
  );
}

const isVoteCode = (type: string | null | undefined): type is `MW-VOTE-${string}` =>
  type?.startsWith('MW-VOTE-') === true;

const nobody = (update: string, deadlineMs: number): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ENGINE-SILENT',
      cause: 'infrastructure',
      message: `Nobody took the ${update} within ${deadlineMs / 1000} s: no worker of control answers, or more than ten ask this run at once. It may still be taken.`,
      remedy:
        'See that one runs (millwright dev, or millwright worker --control), look at millwright status, then type it again.',
    },
    true,
  );
