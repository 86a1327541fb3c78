import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { InstanceInfo } from '../../../src/model/index.js';

const script = fileURLToPath(new URL('./call.mjs', import.meta.url));

export type Answer = { readonly value: InstanceInfo } | { readonly code: string; readonly message: string };

/** A call of a provider in a process of its own, which can be killed or stopped at any moment. */
export class Attempt {
  private readonly lines: AsyncIterator<string>;
  readonly ended: Promise<void>;

  private constructor(private readonly child: ChildProcess) {
    if (!child.stdout) throw new Error('no standard output');
    this.lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    this.ended = new Promise((resolve) => child.once('close', () => resolve()));
  }

  /** Starts the process and waits until it is ready to be asked. */
  static async prepare(module: string, name: string): Promise<Attempt> {
    const child = spawn(process.execPath, [script, module, name], { stdio: ['pipe', 'pipe', 'inherit'] });
    const attempt = new Attempt(child);
    await attempt.lines.next();
    return attempt;
  }

  ask(request: object): void {
    this.child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  async answer(): Promise<Answer> {
    const { value, done } = await this.lines.next();
    if (done) throw new Error('the attempt ended without an answer');
    return JSON.parse(value) as Answer;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.ended;
  }
}
