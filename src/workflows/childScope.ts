import { CancellationScope } from '@temporalio/workflow';

type Promised = readonly [started: Promise<unknown>, completed: Promise<unknown>];

/**
 * Starts a child whose cancellation waits for its start: a server refuses to cancel a child that it was asked for but
 * hasn't started yet, and tells nobody.
 */
export async function cancelledOnceStarted<T extends Promised>(start: () => Promise<T>): Promise<T> {
  const asker = CancellationScope.current();
  if (asker.consideredCancelled) return start();
  const own = new CancellationScope({ cancellable: true, parent: shield() });
  const promised = await own.run(start);
  const passOn = (): unknown => asker.cancellable && asker.cancelRequested.catch(() => own.cancel());
  promised[0].then(passOn, () => undefined);
  return promised;
}

const shield = (): CancellationScope => new CancellationScope({ cancellable: false });
