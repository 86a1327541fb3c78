import type { ClientChannel } from 'ssh2';
import { type ConnectOptions, connect, type Link } from './connect.js';
import { converse } from './converse.js';
import { closed, noShell } from './failures.js';
import type { ExecOptions, ExecResult, SshTarget } from './port.js';
import { quoteArgv } from './quote.js';
import { Slots } from './slots.js';
import { start } from './start.js';

export interface MachineOptions extends ConnectOptions {
  /** Commands at once on one connection; sshd's own MaxSessions (default 10) lowers it when it is less. */
  readonly maxSessions: number;
}

/** The one connection to a machine: made when needed, made again when it died, shared by all commands. */
export class MachineConnection {
  private link?: Promise<Link>;
  private shellProven = false;
  private readonly slots: Slots;

  constructor(
    readonly target: SshTarget,
    private readonly options: MachineOptions,
  ) {
    this.slots = new Slots(options.maxSessions);
  }

  open(): Promise<Link> {
    if (this.link) return this.link;
    this.slots.setLimit(this.options.maxSessions);
    this.shellProven = false;
    const link = connect(this.target, this.options, 'login');
    this.link = link;
    const forget = () => this.forget(link);
    link.then((open) => open.client.once('close', forget), forget);
    return link;
  }

  end(): void {
    const link = this.link;
    this.link = undefined;
    link?.then(
      (open) => open.end(),
      () => undefined,
    );
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const result = await this.run(quoteArgv(argv), options);
    if (result.code === 0) this.shellProven = true;
    else if (!this.shellProven) await this.proveShell(result, options.signal);
    return result;
  }

  /** A first command that fails may never have run: nologin and forced commands answer every command alike. */
  private async proveShell(suspect: ExecResult, signal?: AbortSignal): Promise<void> {
    const { stdout } = await this.run('echo mw-shell', { signal });
    if (stdout.trim() !== 'mw-shell') throw noShell(this.target, suspect.stdout + suspect.stderr);
    this.shellProven = true;
  }

  private async run(command: string, options: ExecOptions): Promise<ExecResult> {
    for (let stale = 0; ; ) {
      await this.slots.acquire(options.signal);
      try {
        const reused = this.link !== undefined && stale === 0;
        const channel = await this.channel(command, reused, options.signal);
        if (typeof channel === 'object') return await converse(this.target, channel, options);
        if (channel === 'stale') stale += 1;
      } finally {
        this.slots.release();
      }
    }
  }

  /** A running command; `full` when sshd wants fewer at once; `stale` when a reused link died before it started. */
  private async channel(
    command: string,
    reused: boolean,
    signal?: AbortSignal,
  ): Promise<ClientChannel | 'full' | 'stale'> {
    const opening = this.open();
    const started = await start(await abortable(opening, signal), command);
    if ('channel' in started) return started.channel;
    const { failed, error } = started;
    if (failed === 'exec') throw noShell(this.target, error.message);
    if (failed === 'unknown') throw closed(this.target, 'within a command', error);
    if (failed === 'session' && this.slots.inUse > 1) {
      this.slots.setLimit(this.slots.inUse - 1);
      return 'full';
    }
    // Commands that were aborted may hold all of sshd's sessions until they end: a new connection has its own.
    if (this.link === opening) this.end();
    if (reused) return 'stale';
    throw failed === 'session'
      ? noShell(this.target, error.message)
      : closed(this.target, 'before a command started', error);
  }

  private forget(link: Promise<Link>): void {
    if (this.link === link) this.link = undefined;
  }
}

/** The promise, unless the signal aborts first; the connection goes on for the others who wait for it. */
function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) return abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
