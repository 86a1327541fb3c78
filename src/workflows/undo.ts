import { CancellationScope } from '@temporalio/workflow';
import type { UndoReport } from '../model/index.js';
import { failureOf } from './failure.js';

interface Undo {
  readonly what: string;
  run(): Promise<unknown>;
}

/** What must be undone if the change ends here. Each must tolerate that its attempt never happened. */
export class UndoList {
  private readonly list: Undo[] = [];

  /** Call before the attempt: it may succeed and its answer be lost. Gives back what takes the entry out again. */
  add(what: string, run: () => Promise<unknown>): () => void {
    const undo = { what, run };
    this.list.push(undo);
    return () => {
      const at = this.list.indexOf(undo);
      if (at >= 0) this.list.splice(at, 1);
    };
  }

  /** What was attempted has become what is wanted. */
  forget(): void {
    this.list.length = 0;
  }

  /** Newest first; neither a cancellation nor an undo that fails keeps the others from running. */
  async run(): Promise<UndoReport[]> {
    const reports: UndoReport[] = [];
    for (const undo of this.list.splice(0).reverse()) {
      reports.push(await CancellationScope.nonCancellable(() => attempt(undo)));
    }
    return reports;
  }
}

async function attempt(undo: Undo): Promise<UndoReport> {
  try {
    await undo.run();
    return { what: undo.what, done: true };
  } catch (error) {
    return { what: undo.what, done: false, failure: failureOf(error) };
  }
}
