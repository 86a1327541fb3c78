import { ApplicationFailure } from '@temporalio/common';
import { type FailureInfo, MillwrightError } from '../model/index.js';

/** Temporal stores at most 4 KiB of a failure that it retries. */
const maxDetailLines = 20;
const maxLine = 160;

/** What workflows, the Temporal UI and people get to see of an error: its code as type, all of it as details. */
export function toFailure(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const known = error instanceof MillwrightError ? error : unexpected(error);
  const info = trimmed(known.info);
  const hopeless = info.cause === 'change' || info.cause === 'machine';
  return ApplicationFailure.create({
    message: info.message,
    type: info.code,
    nonRetryable: hopeless || !known.retryable,
    details: [info],
  });
}

function unexpected(error: unknown): MillwrightError {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new MillwrightError({ code: 'MW-INTERNAL', cause: 'infrastructure', message }, true, {
    cause: error,
  });
}

function trimmed(info: FailureInfo): FailureInfo {
  const detail = info.detail?.slice(-maxDetailLines).map((line) => line.slice(0, maxLine));
  return { ...info, message: info.message.slice(0, 1000), detail };
}
