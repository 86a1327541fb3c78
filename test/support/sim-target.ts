import type { JournalLine } from '../../src/model/index.js';
import { type Head, MillwrightError, sha256Hex } from '../../src/model/index.js';
import type { ExecOptions, ExecResult, SshSession } from '../../src/ssh/port.js';

/** What a simulated bundle is: its bytes are this as JSON. */
export interface SimBundle {
  readonly bundle: string;
  readonly steps: readonly string[];
  readonly verify: readonly string[];
}

interface Run {
  readonly lines: JournalLine[];
  active: boolean;
  ending?: 'stopped' | 'cancelled';
}

/** Faults and pace of one machine; tests change them while it works. */
export interface SimBehaviour {
  stepMs: number;
  /** Step ids that fail when they are applied. */
  failing: Set<string>;
  /** Called before each step acts, e.g. to block it or to cut the connection. */
  beforeStep?: (step: string) => Promise<void>;
  /** Called when somebody has asked a run to end. */
  onEnd?: () => void;
  /** Verification ids that don't hold. */
  wrong: Set<string>;
  /** Lines of the ready report to differ from a healthy machine's. */
  report: Record<string, string>;
  reachable: boolean;
  hold?: string;
  debts: string[];
}

/** A machine's inside: the runner's protocol in memory, with everything on "disk" surviving a reboot. */
export class SimTarget {
  head: Head | null = null;
  readonly applied = new Map<string, string>();
  readonly runs = new Map<string, Run>();
  readonly tombstones = new Set<string>();
  readonly files = new Map<string, Uint8Array>();
  readonly acted: string[] = [];
  readonly behaviour: SimBehaviour = {
    ...{ stepMs: 0, failing: new Set(), wrong: new Set(), report: {}, reachable: true, debts: [] },
  };
  private readonly sessions = new Set<(error: Error) => void>();
  boot = 1;

  /** Cuts every connection; what runs on the target goes on. */
  cut(): void {
    for (const fail of this.sessions) fail(unreachable('closed the connection'));
  }

  session(): SshSession {
    return {
      banner: 'SSH-2.0-Sim',
      exec: (argv, options = {}) => this.connected(options, () => this.run(argv, options)),
      upload: async (path, bytes) => {
        this.ensureReachable();
        this.files.set(path, bytes);
      },
    };
  }

  private async connected(options: ExecOptions, work: () => Promise<ExecResult>): Promise<ExecResult> {
    this.ensureReachable();
    options.signal?.throwIfAborted();
    return new Promise<ExecResult>((resolve, reject) => {
      this.sessions.add(reject);
      options.signal?.addEventListener('abort', () => reject(options.signal?.reason), { once: true });
      work()
        .then(resolve, reject)
        .finally(() => this.sessions.delete(reject));
    });
  }

  private ensureReachable(): void {
    if (!this.behaviour.reachable) throw unreachable('refused');
  }

  private async run(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    if (argv[1] === '-s') return ok(this.report(String(argv[2])));
    const [path = '', verb = ''] = argv.slice(4);
    if (verb.length === 64) return ok(this.lacking(path, verb));
    if (!['start', 'follow', 'status', 'stop', 'cancel'].includes(verb)) return ok('');
    if (!this.files.has(path)) return { ...ok('{"v":1,"start":"lacking","what":"runner"}\n'), code: 12 };
    const args = argumentsOf(argv.slice(6));
    if (verb === 'start') return this.start(args, argv, options);
    if (verb === 'follow') return this.follow(args['--run'] ?? '', options);
    if (verb === 'status') return ok(JSON.stringify(this.status()));
    return this.end(args['--run'] ?? '', verb === 'stop' ? 'stopped' : 'cancelled');
  }

  private report(runner: string): string {
    const healthy = {
      boot: `boot-${this.boot}`,
      clock: String(Date.now() / 1000),
      systemd: 'running',
      tainted: '0',
      disk: '99999',
      root: 'rw',
    };
    const lines = Object.entries({ ...healthy, ...this.behaviour.report }).map(
      ([key, value]) => `${key}=${value}`,
    );
    if (this.files.has(runner)) lines.push(`runner=${JSON.stringify(this.status())}`);
    return lines.join('\n');
  }

  private lacking(runner: string, bytes: string): string {
    const has = (digest: string) => [...this.files.values()].some((one) => sha256Hex(one) === digest);
    return [...(has(runner) ? [] : ['runner']), ...(has(bytes) ? [] : ['bundle'])].join('\n');
  }

  private status() {
    const active = [...this.runs].find(([, run]) => run.active)?.[0] ?? null;
    const { debts, hold = null } = this.behaviour;
    return { head: this.head, active, debts, hold, bootId: `boot-${this.boot}`, uptime: 1 };
  }

  private async start(args: Args, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const { '--run': run = '', '--purpose': purpose, '--bytes': bytes = '', '--expect': expect } = args;
    const say = (text: unknown) => options.onLine?.(JSON.stringify(text));
    const file = [...this.files].find(([path]) => path.includes(bytes))?.[1];
    if (file === undefined) return refused(say, { v: 1, start: 'lacking', what: 'bundle' }, 12);
    const bundle = JSON.parse(Buffer.from(file).toString('utf8')) as SimBundle;
    if (this.tombstones.has(run)) return refused(say, { v: 1, start: 'tombstoned' }, 14);
    if (purpose !== 'apply') return this.lookAt(bundle, String(purpose), argv, run, say);
    const known = this.runs.get(run);
    if (known === undefined) {
      if (this.behaviour.hold) return refused(say, { v: 1, start: 'held', reason: this.behaviour.hold }, 13);
      const busy = this.status().active;
      if (busy)
        return refused(say, { v: 1, start: 'refused', reason: 'busy', head: this.head, active: busy }, 10);
      if (textOf(this.head) !== expect) {
        return refused(say, { v: 1, start: 'refused', reason: 'stale', head: this.head }, 10);
      }
      this.head = { generation: (this.head?.generation ?? 0) + 1, bundle: bundle.bundle, run };
      this.runs.set(run, { lines: [], active: true });
      void this.perform(run, bundle);
      say({ v: 1, start: 'accepted', head: this.head });
    } else {
      say({ v: 1, start: 'attached', head: this.head, active: known.active });
    }
    return this.follow(run, options);
  }

  private async perform(id: string, bundle: SimBundle): Promise<void> {
    const run = this.runs.get(id) as Run;
    this.write(run, id, { state: 'run-started' });
    let end = 'ok';
    for (const step of bundle.steps) {
      if (run.ending !== undefined) {
        end = run.ending;
        break;
      }
      this.write(run, id, { step, state: 'started' });
      await this.behaviour.beforeStep?.(step);
      await sleep(this.behaviour.stepMs);
      if (this.behaviour.failing.has(step)) {
        this.write(run, id, {
          step,
          state: 'failed',
          code: 'MW-CHANGE-COMMAND',
          reason: 'exited 1',
          durationMs: 1,
        });
        end = 'failed';
        break;
      }
      const same = this.applied.get(step) === bundle.bundle;
      if (!same) this.acted.push(step);
      this.applied.set(step, bundle.bundle);
      this.write(run, id, { step, state: same ? 'ok' : 'changed', durationMs: 1, hash: 'h' });
    }
    this.write(run, id, { state: 'run-ended', reason: end });
    run.active = false;
  }

  private write(run: Run, id: string, line: Partial<JournalLine> & Pick<JournalLine, 'state'>): void {
    run.lines.push({
      v: 1,
      run: id,
      seq: run.lines.length + 1,
      bootId: `boot-${this.boot}`,
      uptime: 1,
      ...line,
    });
  }

  private lookAt(
    bundle: SimBundle,
    purpose: string,
    argv: readonly string[],
    run: string,
    say: (text: unknown) => void,
  ) {
    say({ v: 1, start: 'accepted', head: this.head });
    const only = argv.filter((_, i) => argv[i - 1] === '--only');
    const all = purpose === 'verify' ? bundle.verify.filter((id) => only.includes(id)) : bundle.steps;
    const bad = (id: string) =>
      purpose === 'verify' ? this.behaviour.wrong.has(id) : this.applied.get(id) !== bundle.bundle;
    const state = (id: string) => (bad(id) ? (purpose === 'verify' ? 'failed' : 'differs') : 'ok');
    const base = { v: 1, run, bootId: 'b', uptime: 1 };
    for (const [i, step] of all.entries())
      say({ ...base, seq: i + 1, step, state: state(step), reason: 'looked', durationMs: 1 });
    say({
      ...base,
      seq: all.length + 1,
      state: 'run-ended',
      reason: purpose === 'verify' && all.some(bad) ? 'failed' : 'ok',
    });
    return ok('');
  }

  private async follow(id: string, options: ExecOptions): Promise<ExecResult> {
    const run = this.runs.get(id);
    if (run === undefined) return { ...ok(''), code: 21 };
    for (let at = 0; ; ) {
      options.signal?.throwIfAborted();
      for (; at < run.lines.length; at++) options.onLine?.(JSON.stringify(run.lines[at]));
      if (!run.active) return ok('');
      await sleep(5);
    }
  }

  private async end(id: string, how: 'stopped' | 'cancelled'): Promise<ExecResult> {
    const run = this.runs.get(id);
    if (how === 'cancelled') this.tombstones.add(id);
    if (run?.active) run.ending = how;
    this.behaviour.onEnd?.();
    while (how === 'cancelled' && run?.active) await sleep(5);
    return ok('');
  }
}

type Args = Readonly<Record<string, string>>;
const argumentsOf = (argv: readonly string[]): Args =>
  Object.fromEntries(argv.flatMap((one, i) => (one.startsWith('--') ? [[one, argv[i + 1] ?? '']] : [])));
const textOf = (head: Head | null) =>
  head === null ? 'none' : `${head.generation}:${head.bundle}:${head.run}`;
const ok = (stdout: string): ExecResult => ({ code: 0, stdout, stderr: '' });
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function refused(say: (text: unknown) => void, answer: object, code: number): ExecResult {
  say(answer);
  return { code, stdout: `${JSON.stringify(answer)}\n`, stderr: '' };
}

export const unreachable = (what: string) =>
  new MillwrightError({ code: 'MW-SSH-CLOSED', cause: 'unreachable', message: `sim:22 ${what}` }, true);
