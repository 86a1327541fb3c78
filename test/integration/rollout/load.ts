import { setTimeout as pause } from 'node:timers/promises';

export interface Answer {
  /** Server behind haproxy that answered; empty where none did. */
  readonly server: string;
  readonly body: string;
  /** What was wrong with it; undefined: nothing. */
  readonly wrong?: string;
}

/** Between two requests, ms: five a second, each on a connection of its own. */
const interval = 200;
const patience = 30_000;
/** It ends by itself, ms. */
const longest = 15 * 60_000;

/** Asks a URL steadily, without waiting for answers, until it is told to stop, and remembers every answer. */
export class Load {
  readonly answers: Answer[] = [];
  private readonly ending = new AbortController();
  private readonly done: Promise<void>;

  constructor(private readonly url: string) {
    this.done = this.go();
  }

  private async go(): Promise<void> {
    const asked: Promise<void>[] = [];
    const until = Date.now() + longest;
    while (!this.ending.signal.aborted && Date.now() < until) {
      asked.push(this.one());
      await pause(interval);
    }
    await Promise.all(asked);
  }

  private async one(): Promise<void> {
    try {
      const signal = AbortSignal.timeout(patience);
      const answer = await fetch(this.url, { headers: { connection: 'close' }, signal });
      const body = (await answer.text()).trim();
      const wrong = answer.ok ? {} : { wrong: `status ${answer.status}` };
      this.answers.push({ server: answer.headers.get('x-server') ?? '', body, ...wrong });
    } catch (error) {
      const { message, cause } = error as Error;
      this.answers.push({ server: '', body: '', wrong: `${message} (${cause})` });
    }
  }

  /** Those that were not answered as they should be. */
  get failed(): readonly Answer[] {
    return this.answers.filter(({ wrong }) => wrong !== undefined);
  }

  /** Waits for that many further answers and says who gave which, each once, sorted. */
  async next(count: number): Promise<string[]> {
    // What was sent before may be answered only now.
    const from = this.answers.length + 5;
    while (this.answers.length < from + count && !this.ending.signal.aborted) await pause(interval);
    const told = this.answers.slice(from).map(({ server, body, wrong }) => `${server} ${wrong ?? body}`);
    return [...new Set(told)].sort();
  }

  /** Ends it; every request that was sent has its answer then. */
  async stop(): Promise<void> {
    this.ending.abort();
    await this.done;
  }
}
