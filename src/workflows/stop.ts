import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { StopRequest } from './types.js';

/** Thrown out of a phase that a stop cut short. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A stop asked of this workflow: it ends waiting and looking at once, and lets what changes things come to an end. */
export class Stop {
  request?: StopRequest;
  private readonly scopes = new Set<CancellationScope>();

  ask(request: StopRequest): void {
    this.request ??= request;
    for (const scope of this.scopes) scope.cancel();
  }

  /** Before work that must not be left once it has begun. */
  check(): void {
    if (this.request !== undefined) throw new Stopped();
  }

  /** Runs work that may be left at any moment; throws Stopped once a stop has ended it. */
  async interruptible<T>(work: () => Promise<T>): Promise<T> {
    this.check();
    const outer = CancellationScope.current();
    const scope = new CancellationScope();
    this.scopes.add(scope);
    try {
      return await scope.run(work);
    } catch (error) {
      const stopped = this.request !== undefined && isCancellation(error) && !outer.consideredCancelled;
      throw stopped ? new Stopped() : error;
    } finally {
      this.scopes.delete(scope);
    }
  }
}
