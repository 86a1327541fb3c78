import type { BuildContext } from './types.js';

const EVERY_MS = 3000;

/** Says while long work runs that it still runs; ends the work when the listener wants it to stop. */
export async function ticking<T>(
  context: BuildContext,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  let refusal: unknown;
  let seconds = 0;
  const timer = setInterval(() => {
    seconds += EVERY_MS / 1000;
    try {
      context.progress({ step: `installing packages, ${seconds} s` });
    } catch (error) {
      refusal = error;
      stop.abort();
    }
  }, EVERY_MS);
  try {
    return await work(context.signal ? AbortSignal.any([context.signal, stop.signal]) : stop.signal);
  } catch (error) {
    throw refusal ?? error;
  } finally {
    clearInterval(timer);
  }
}
