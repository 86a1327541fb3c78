import { ServiceError, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type FailureInfo, MillwrightError } from '../../model/index.js';
import type { Context } from '../context.js';
import { Ended } from '../errors.js';
import { Exit } from '../exit.js';

const POLL_MS = 1000;

/**
 * Result of a workflow. It goes on without us when --timeout passes (exit 3) or somebody interrupts (exit 130): the last
 * line names it. `narrate` is called each second meanwhile.
 */
export async function resultOf<T>(
  context: Context,
  handle: WorkflowHandle,
  narrate: () => Promise<void> = async () => undefined,
): Promise<T> {
  const stopper = new AbortController();
  const { signal } = stopper;
  try {
    const left = Promise.race([timeout(context, signal), interrupted(signal)]).then((exit) => {
      context.io.err(
        `It goes on as ${handle.workflowId}; its result: temporal workflow result -w ${handle.workflowId}`,
      );
      throw new Ended(exit);
    });
    const ticking = tick(narrate, signal);
    return (await Promise.race([result(handle), left, ticking])) as T;
  } finally {
    stopper.abort();
  }
}

async function result(handle: WorkflowHandle): Promise<unknown> {
  try {
    return await handle.result();
  } catch (error) {
    throw translated(error, handle.workflowId);
  }
}

function translated(error: unknown, id: string): unknown {
  if (error instanceof ServiceError) return lost(error, id);
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  const info = cause instanceof ApplicationFailure ? (cause.details?.[0] as FailureInfo) : undefined;
  if (info?.code !== undefined) return new MillwrightError(info, false);
  const message = `${id} did not end well: ${cause?.message ?? error.message}`;
  return new MillwrightError({ code: 'MW-OPERATE-FAILED', cause: 'infrastructure', message }, false);
}

const lost = (cause: ServiceError, id: string): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-ENGINE-UNREACHABLE',
      cause: 'infrastructure',
      message: `Temporal does not answer any more. The outcome of ${id} is unknown.`,
      remedy: `It goes on when Temporal and its workers are back: temporal workflow result -w ${id}`,
    },
    true,
    { cause },
  );

/** Never resolves: it only tells, until the signal ends it. */
async function tick(narrate: () => Promise<void>, signal: AbortSignal): Promise<never> {
  while (!signal.aborted) {
    await after(POLL_MS, signal);
    // Who can't be asked for a moment is asked again.
    if (!signal.aborted) await narrate().catch(() => undefined);
  }
  return new Promise<never>(() => undefined);
}

async function timeout({ flags }: Context, signal: AbortSignal): Promise<number> {
  if (flags.timeoutMs === undefined) return new Promise<never>(() => undefined);
  await after(flags.timeoutMs, signal);
  return signal.aborted ? new Promise<never>(() => undefined) : Exit.waits;
}

const after = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });

function interrupted(signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const leave = () => resolve(Exit.interrupted);
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, leave);
      signal.addEventListener('abort', () => process.off(name, leave), { once: true });
    }
  });
}
