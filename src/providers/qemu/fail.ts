import { type Cause, type FailureCode, MillwrightError } from '../../model/index.js';

interface Trouble {
  readonly remedy?: string;
  readonly detail?: readonly string[];
  /** Default `infrastructure`. */
  readonly cause?: Cause;
  /** Whether the same call may succeed later by itself; default false. */
  readonly retryable?: boolean;
  readonly error?: unknown;
}

/** The error every part of this provider throws. */
export function failure(code: FailureCode, message: string, trouble: Trouble = {}): MillwrightError {
  const { cause = 'infrastructure', remedy, detail, retryable = false, error } = trouble;
  return new MillwrightError({ code, cause, message, remedy, detail }, retryable, { cause: error });
}

export const hasInfoCode = (error: unknown, code: FailureCode): boolean =>
  error instanceof MillwrightError && error.info.code === code;
