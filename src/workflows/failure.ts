import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  TerminatedFailure,
  TimeoutFailure,
} from '@temporalio/common';
import type { FailureInfo } from '../model/index.js';

/** A failure that ends the running phase: data for people in its details, never a failed workflow task. */
export function failWith(info: FailureInfo): never {
  throw ApplicationFailure.create({
    message: info.message,
    type: info.code,
    nonRetryable: true,
    details: [info],
  });
}

/** What went wrong, in our words. Anything but a Temporal failure is a bug of ours and is thrown on: it fails the task. */
export function failureOf(error: unknown): FailureInfo {
  if (!(error instanceof TemporalFailure)) throw error;
  return carried(error) ?? timedOut(error) ?? unexpected(error);
}

function carried(error: unknown): FailureInfo | undefined {
  for (let one = error; one instanceof Error; one = one.cause) {
    const detail: unknown = one instanceof ApplicationFailure ? one.details?.[0] : undefined;
    if (isFailureInfo(detail)) return detail;
  }
  return undefined;
}

function isFailureInfo(detail: unknown): detail is FailureInfo {
  return typeof detail === 'object' && detail !== null && 'code' in detail && 'cause' in detail;
}

function timedOut(error: TemporalFailure): FailureInfo | undefined {
  const activity = error instanceof ActivityFailure ? error.activityType : 'a child workflow';
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (!(one instanceof TimeoutFailure)) continue;
    return {
      code: 'MW-WORKER-TIMEOUT',
      cause: 'infrastructure',
      message: `${activity} was not finished in time (${one.timeoutType})`,
      remedy: 'see that a worker of the site runs: millwright worker --site NAME',
    };
  }
  return undefined;
}

function unexpected(error: TemporalFailure): FailureInfo {
  const inner = error.cause instanceof Error ? error.cause : error;
  if (error instanceof ChildWorkflowFailure && inner instanceof TerminatedFailure) {
    return {
      code: 'MW-WORKFLOW-TERMINATED',
      cause: 'infrastructure',
      message: `${error.execution.workflowId} was terminated: nothing was undone, a run may still be active`,
    };
  }
  return { code: 'MW-INTERNAL', cause: 'infrastructure', message: inner.message };
}
