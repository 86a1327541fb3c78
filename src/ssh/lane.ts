import type { ClientChannel } from 'ssh2';
import { abortable } from './abortable.js';
import { asRoot, judgeProof, rootProof } from './become.js';
import { type ConnectOptions, connect, type Link } from './connect.js';
import { converse } from './converse.js';
import { closed, noShell } from './failures.js';
import type { Jumps } from './jumps.js';
import type { BecomeRoot, ExecOptions, ExecResult, SshTarget } from './port.js';
import { quoteArgv } from './quote.js';
import { Slots } from './slots.js';
import { type Started, start } from './start.js';

export interface LaneOptions extends ConnectOptions {
  /** Commands at once on one connection; sshd's own MaxSessions (default 10) lowers it when it is less. */
  readonly maxSessions: number;
  /** Ways through jump hosts, shared by all machines. */
  readonly jumps?: Jumps;
}

/**
 * dropbear (2022.83) loses the end of a command, or dies, when another command of the same connection ends at that
 * moment; commands one after another are safe.
 */
export const isSerial = (banner: string): boolean => banner.includes('dropbear');

/** A command under way, and the connection it came to life on. */
interface Running {
  readonly channel: ClientChannel;
  readonly link: Link;
}

/** One connection to a machine: made when needed, made again when it died, shared by commands. */
export class Lane {
  private link?: Promise<Link>;
  /** What `link` came to, once it has. */
  private current?: Link;
  private retired = false;
  private serial = false;
  private shellProven = false;
  private root?: { readonly link: Link; readonly proof: Promise<void> };
  private wanted = 0;
  private readonly slots: Slots;

  constructor(
    readonly target: SshTarget,
    private readonly options: LaneOptions,
  ) {
    this.slots = new Slots(options.maxSessions);
  }

  /** Commands that run or wait here. */
  get load(): number {
    return this.wanted;
  }

  open(): Promise<Link> {
    if (this.link) return this.link;
    if (this.retired) return Promise.reject(closed(this.target, 'as it was given up here'));
    if (!this.serial) this.slots.setLimit(this.options.maxSessions);
    this.shellProven = false;
    const link = connect(this.target, this.options, 'login', this.options.jumps);
    this.link = link;
    this.current = undefined;
    const forget = () => {
      if (this.link === link) this.link = undefined;
    };
    link.then((open) => {
      if (this.link === link) this.current = open;
      else open.end();
      open.client.once('close', forget);
      this.serial = isSerial(open.banner);
      if (this.serial) this.slots.setLimit(1);
    }, forget);
    return link;
  }

  /** Ends the connection for good; commands under way fail MW-SSH-CLOSED. */
  retire(): void {
    this.retired = true;
    this.link = undefined;
    this.current?.end();
  }

  async exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    this.wanted += 1;
    try {
      const result = await this.asked(argv, options);
      if (result.code === 0 || speaks(result, options)) this.shellProven = true;
      else if (!this.shellProven) await this.proveShell(result, options.signal);
      return result;
    } finally {
      this.wanted -= 1;
    }
  }

  private async asked(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const { become } = this.target;
    if (become === undefined) return this.run(quoteArgv(argv), options);
    await this.proveRoot(become, options.signal);
    const sent = asRoot(become, argv, options.stdin);
    return this.run(quoteArgv(sent.argv), { ...options, stdin: sent.stdin });
  }

  /** Once per connection, so that a refusal is told apart from a command that fails, and costs one attempt. */
  private async proveRoot(become: BecomeRoot, signal?: AbortSignal): Promise<void> {
    const link = await abortable(this.open(), signal);
    const proven = this.root?.link === link ? this.root.proof : this.askForRoot(become);
    this.root = { link, proof: proven };
    proven.catch(() => {
      if (this.root?.proof === proven) this.root = undefined;
    });
    await abortable(proven, signal);
  }

  private async askForRoot(become: BecomeRoot): Promise<void> {
    const { argv, stdin } = rootProof(become);
    const failure = judgeProof(this.target, become, await this.run(quoteArgv(argv), { stdin }));
    if (failure !== undefined) throw failure;
    this.shellProven = true;
  }

  /** A first command that fails may never have run: nologin and forced commands answer every command alike. */
  private async proveShell(suspect: ExecResult, signal?: AbortSignal): Promise<void> {
    const { stdout } = await this.run('echo mw-shell', { signal });
    if (stdout.trim() !== 'mw-shell') throw noShell(this.target, suspect.stdout + suspect.stderr);
    this.shellProven = true;
  }

  private async run(command: string, options: ExecOptions): Promise<ExecResult> {
    for (let attempt = 1; ; ) {
      // How many may run at once is known only when the machine has shown what it is.
      await abortable(this.open(), options.signal);
      await this.slots.acquire(options.signal);
      try {
        const running = await this.begin(command, attempt, options.signal);
        if (running === 'stale') attempt += 1;
        else if (running !== 'full') return await this.follow(running, options);
      } finally {
        this.slots.release();
      }
    }
  }

  /** `full`: sshd wants fewer at once. `stale`: the connection was no good, but the command certainly didn't run. */
  private async begin(
    command: string,
    attempt: number,
    signal?: AbortSignal,
  ): Promise<Running | 'full' | 'stale'> {
    const link = await abortable(this.open(), signal);
    const started = await this.started(link, command, signal);
    if ('channel' in started) return { channel: started.channel, link };
    const { failed, error } = started;
    if (failed === 'exec') throw noShell(this.target, error.message);
    if (failed === 'unknown') throw link.lost('within a command', error);
    if (failed === 'session' && this.slots.inUse > 1) {
      this.slots.setLimit(this.slots.inUse - 1);
      return 'full';
    }
    // Commands that were left may hold all of sshd's sessions until they end: a new connection has its own.
    this.drop(link);
    if (attempt === 1) return 'stale';
    throw failed === 'session'
      ? noShell(this.target, error.message)
      : link.lost('before a command started', error);
  }

  private async started(link: Link, command: string, signal?: AbortSignal): Promise<Started> {
    const starting = start(link, command);
    try {
      return await abortable(starting, signal);
    } catch (error) {
      void starting.then((late) => 'channel' in late && late.channel.close());
      if (this.serial) this.drop(link);
      throw error;
    }
  }

  private async follow({ channel, link }: Running, options: ExecOptions): Promise<ExecResult> {
    try {
      return await converse(this.target, link, channel, options);
    } catch (error) {
      // A command that was left still runs there, and where commands are serial no other may beside it.
      if (this.serial) this.drop(link);
      throw error;
    }
  }

  private drop(link: Link): void {
    if (this.current === link) this.link = undefined;
    link.end();
  }
}

const speaks = ({ stdout }: ExecResult, { proof }: ExecOptions): boolean =>
  proof !== undefined && stdout.startsWith(proof);
