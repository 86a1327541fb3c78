/** What broke, which decides who must act: only `change` and `machine` spend a rollout's failure budget. */
export type Cause = 'change' | 'machine' | 'infrastructure' | 'unreachable' | 'cancelled';

/** Stable, documented code of a failure, `MW-<AREA>-<WHAT>`; `docs/failures/<CODE>.md` explains it. */
export type FailureCode = `MW-${string}`;

/** A failure as it crosses activities, workflows, record and CLI: plain data, never a class instance. */
export interface FailureInfo {
  readonly code: FailureCode;
  readonly cause: Cause;
  /** One sentence: what happened, with the observed values. */
  readonly message: string;
  /** The resource that failed, e.g. `file:/etc/motd`. */
  readonly step?: string;
  /** Lines to show as they are: a program's own output, fingerprints expected and answered. */
  readonly detail?: readonly string[];
  /** What to type or change next. */
  readonly remedy?: string;
  /** Store digest of captured console, journal or output. */
  readonly evidence?: string;
}

/** Thrown by ports (providers, ssh, store, secrets, targets); activities turn it into an ApplicationFailure. */
export class MillwrightError extends Error {
  constructor(
    readonly info: FailureInfo,
    /** Whether the same call may succeed later without anybody changing anything. */
    readonly retryable: boolean,
    options?: { cause?: unknown },
  ) {
    super(info.message, options);
    this.name = 'MillwrightError';
  }
}
