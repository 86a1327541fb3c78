import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { type ReplayHistoriesIterable, Worker } from '@temporalio/worker';

type Recorded = ReplayHistoriesIterable extends AsyncIterable<infer One> | Iterable<infer One> ? One : never;

interface Waiting {
  readonly recorded: Recorded;
  readonly answer: (error: Error | undefined) => void;
}

/** Replays what workflows did, one history after the other, as a worker would that has lost its cache. */
export class Replays {
  private readonly queue: Waiting[] = [];
  private readonly asked: Waiting[] = [];
  private isClosed = false;
  private wake: () => void = () => undefined;
  private readonly running: Promise<void>;

  constructor(
    codePath: string,
    private readonly client: Client,
    /** Where a history that doesn't replay is kept. */
    private readonly folder: string,
  ) {
    // A signal that ends the campaign ends the SDK's workers too.
    this.running = this.run(codePath).catch(() => this.giveUp());
  }

  /** Why it doesn't replay; undefined: it does. */
  async of(handle: WorkflowHandle): Promise<string | undefined> {
    const history = await handle.fetchHistory();
    const { workflowId } = handle;
    if (this.isClosed) return undefined;
    const error = await new Promise<Error | undefined>((answer) => {
      this.queue.push({ recorded: { workflowId, history }, answer });
      this.wake();
    });
    if (error === undefined) return undefined;
    const path = await this.write(workflowId, history);
    return `${workflowId} does not replay: ${error.message}; its history is in ${path}`;
  }

  /** Keeps the history of a run that may still go on, and tells where. */
  async keep(runId: string): Promise<string | undefined> {
    for await (const { workflowId } of this.client.workflow.list({ query: `RunId = "${runId}"` })) {
      const handle = this.client.workflow.getHandle(workflowId, runId);
      return this.write(workflowId, await handle.fetchHistory());
    }
    return undefined;
  }

  private async write(workflowId: string, history: unknown): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, `${workflowId.replaceAll('/', '_')}-${Date.now()}.json`);
    await writeFile(path, JSON.stringify(history));
    return path;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.wake();
    await this.running;
  }

  private async run(codePath: string): Promise<void> {
    const results = Worker.runReplayHistories({ workflowBundle: { codePath } }, this.histories());
    for await (const { error } of results) this.asked.shift()?.answer(error);
  }

  private giveUp(): void {
    this.isClosed = true;
    for (const { answer } of [...this.asked, ...this.queue]) answer(undefined);
  }

  private async *histories(): AsyncGenerator<Recorded> {
    for (;;) {
      const next = this.queue.shift();
      if (next !== undefined) {
        this.asked.push(next);
        yield next.recorded;
      } else if (this.isClosed) return;
      else
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
    }
  }
}
