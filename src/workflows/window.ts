import { CancellationScope } from '@temporalio/workflow';

/** Children started per workflow task: a task that starts hundreds exceeds gRPC's message limit. */
const startsAtOnce = 20;

/**
 * Works on `items` in order, at most `size` at a time, until `more` says no. Items never begun are returned. Waits for
 * all that began, also when one throws or the scope is cancelled; then throws the first error.
 */
export async function slidingWindow<T>(
  items: readonly T[],
  size: number,
  more: () => boolean,
  work: (item: T, started: () => void) => Promise<void>,
): Promise<readonly T[]> {
  const errors: unknown[] = [];
  let next = 0;
  let starting = 0;
  const mayGoOn = (): boolean =>
    next < items.length && errors.length === 0 && more() && !CancellationScope.current().consideredCancelled;

  // One place, one lane: conditions that wake all of them for each start cost more than the start itself.
  const waiting: (() => void)[] = [];
  const wakeOne = (): void => waiting.shift()?.();

  async function one(item: T): Promise<void> {
    starting++;
    let isStarting = true;
    const started = (): void => {
      if (!isStarting) return;
      isStarting = false;
      starting--;
      wakeOne();
    };
    await work(item, started).catch((error: unknown) => void errors.push(error));
    started();
  }

  async function lane(): Promise<void> {
    while (mayGoOn()) {
      // Again after waiting: a lane whose machine has just ended may have been faster.
      while (starting >= startsAtOnce) await new Promise<void>((resolve) => void waiting.push(resolve));
      if (!mayGoOn()) return wakeOne();
      await one(items[next++] as T);
    }
  }

  await Promise.all(Array.from({ length: Math.min(size, items.length) }, lane));
  if (errors.length > 0) throw errors[0];
  return items.slice(next);
}
