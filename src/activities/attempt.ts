import { Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { toFailure } from './classify.js';

/** One attempt of an activity. */
export interface Attempt {
  /** Aborts when the attempt must end, whatever the reason. */
  readonly signal: AbortSignal;
  /** Whether an attempt before this one may have done something. */
  readonly again: boolean;
  /** What the attempt before this one said last. */
  readonly said: unknown;
  /** What the next beat tells whoever watches. */
  say(detail: unknown): void;
  /** Says it now, for an attempt that may come after this one. */
  sayNow(detail: unknown): void;
}

/**
 * Runs `work` with heartbeats on a timer and turns what it throws into a failure with a code and a cause. A worker that
 * shuts down ends the attempt as retryable: nobody asked for the work to be given up.
 */
export async function attempt<T>(work: (one: Attempt) => Promise<T>): Promise<T> {
  const context = Context.current();
  let detail: unknown = context.info.heartbeatDetails;
  const beat = (): void => context.heartbeat(detail);
  // Not at once: most attempts are over before the first beat is due, and each one costs the server a write.
  const timer = context.info.isLocal
    ? undefined
    : setInterval(beat, Math.min(2_000, (context.info.heartbeatTimeoutMs ?? 10_000) / 4));
  const say = (next: unknown): void => {
    detail = next;
  };
  try {
    const again = context.info.attempt > 1;
    const sayNow = (next: unknown): void => {
      say(next);
      beat();
    };
    return await work({
      signal: context.cancellationSignal,
      again,
      said: context.info.heartbeatDetails,
      ...{ say, sayNow },
    });
  } catch (error) {
    throw context.cancellationSignal.aborted ? ended(context) : toFailure(error);
  } finally {
    clearInterval(timer);
  }
}

function ended({ cancellationDetails }: Context): Error {
  if (cancellationDetails?.cancelRequested) return new CancelledFailure('cancelled');
  const why = cancellationDetails?.workerShutdown ? 'the worker shuts down' : 'the attempt was given up';
  return ApplicationFailure.create({ message: why, type: 'MW-WORKER-SHUTDOWN', nextRetryDelay: '100ms' });
}

/** Resolves after `ms`, or rejects at once when the attempt must end. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', abort);
      resolve();
    }, ms);
    signal.addEventListener('abort', abort, { once: true });
  });
}
