import { CancellationScope, condition } from '@temporalio/workflow';

/**
 * Runs `act` once all else that this activation brought has been worked on. A worker that begins in the middle is given a
 * message together with what came before it and made the workflow do nothing, the message first; a replay is given one
 * after the other. Acting last, a message meets the same state in both.
 */
export function afterAllElse(act: () => void): void {
  const look = async (): Promise<void> => {
    // From here on every job has been handed over: what follows of them runs before conditions are looked at again.
    await Promise.resolve();
    let isSecond = false;
    await condition(() => {
      const wasSecond = isSecond;
      isSecond = true;
      return wasSecond;
    });
    act();
  };
  void CancellationScope.nonCancellable(look);
}
