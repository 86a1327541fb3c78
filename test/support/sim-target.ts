import type { Hold } from '../../src/model/index.js';
import { type Head, MillwrightError, sha256Hex } from '../../src/model/index.js';
import type { ExecOptions, ExecResult, SshSession } from '../../src/ssh/port.js';
import { decodeSim, type SimBundle } from './sim-bundle.js';
import { SimDisk } from './sim-disk.js';
import { perform } from './sim-perform.js';

/** Faults and pace of one machine; tests change them while it works. */
export interface SimBehaviour {
  stepMs: number;
  /** Step ids that fail when they are applied, and debts that cannot be paid. */
  failing: Set<string>;
  /** Called before each step acts, e.g. to block it or to cut the connection. */
  beforeStep?: (step: string, run: string) => Promise<void>;
  /** Called before steps are checked. */
  beforeLook?: () => Promise<void>;
  /** Commands that are run as they are; what they end with. `vars` is what stands before them, e.g. `MACHINE=web-1`. */
  command?: (run: string, vars: readonly string[]) => Promise<Partial<ExecResult>>;
  /** Called when somebody has asked a run to end. */
  onEnd?: () => void;
  /** Verification ids that don't hold. */
  wrong: Set<string>;
  /** Steps that no rollback can take back, whatever the plan said. */
  cannotUndo: Set<string>;
  /** Lines of the ready report to differ from a healthy machine's. */
  report: Record<string, string>;
  reachable: boolean;
  hold?: string;
}

const commands = ['start', 'follow', 'status', 'stop', 'cancel', 'verified', 'hold', 'release', 'confirm'];

/** A machine's inside: the runner's protocol in memory, with everything on `disk` surviving a reboot. */
export class SimTarget {
  disk = new SimDisk();
  /** Steps that acted, debts that were paid, unguarded steps that were begun: what happened, whatever a disk says now. */
  readonly acted: string[] = [];
  readonly paid: string[] = [];
  readonly begun: { readonly step: string; readonly hash: string; readonly run: string }[] = [];
  readonly behaviour: SimBehaviour = {
    ...{
      stepMs: 0,
      failing: new Set(),
      wrong: new Set(),
      cannotUndo: new Set(),
      report: {},
      reachable: true,
    },
  };
  private readonly sessions = new Set<(error: Error) => void>();
  boot = 1;

  get head(): Head | null {
    return this.disk.head;
  }
  get applied(): Map<string, string> {
    return this.disk.applied;
  }
  get runs() {
    return this.disk.runs;
  }
  get tombstones(): Set<string> {
    return this.disk.tombstones;
  }

  /** Cuts every connection; what runs on the target goes on. */
  cut(): void {
    for (const fail of this.sessions) fail(unreachable('closed the connection'));
  }

  /** Power lost and back: no process survives, everything on disk does. */
  reboot(disk = this.disk): void {
    this.boot++;
    this.disk = disk;
    for (const run of this.disk.runs.values()) run.active = false;
    this.cut();
  }

  session(): SshSession {
    return {
      banner: 'SSH-2.0-Sim',
      exec: (argv, options = {}) => this.connected(options, () => this.run(argv, options)),
      upload: async (path, bytes) => {
        this.ensureReachable();
        this.disk.files.set(path, bytes);
      },
    };
  }

  private async connected(options: ExecOptions, work: () => Promise<ExecResult>): Promise<ExecResult> {
    this.ensureReachable();
    options.signal?.throwIfAborted();
    return new Promise<ExecResult>((resolve, reject) => {
      const abort = () => reject(options.signal?.reason);
      this.sessions.add(reject);
      options.signal?.addEventListener('abort', abort, { once: true });
      work()
        .then(resolve, reject)
        .finally(() => {
          this.sessions.delete(reject);
          options.signal?.removeEventListener('abort', abort);
        });
    });
  }

  private ensureReachable(): void {
    if (!this.behaviour.reachable) throw unreachable('refused');
  }

  private async run(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    if (argv[1] === '-s') return ok(this.report(String(argv[2])));
    const at = argv.indexOf('-c');
    const isCommand = argv[0] === 'env' || (argv[0] === 'sh' && at === 1 && argv.length === 3);
    if (isCommand) return this.command(String(argv[at + 1]), argv.slice(1, at - 1));
    const [path = '', verb = ''] = argv.slice(4);
    if (verb.length === 64) return ok(this.lacking(path, verb));
    if (!commands.includes(verb)) return ok('');
    if (!this.hasRunner(path)) return { ...ok('{"v":1,"start":"lacking","what":"runner"}\n'), code: 12 };
    const args = argumentsOf(argv.slice(6));
    if (verb === 'start') return this.start(args, argv, options);
    if (verb === 'follow') return this.follow(args['--run'] ?? '', options);
    if (verb === 'status') return ok(JSON.stringify(this.status()));
    if (verb === 'stop' || verb === 'cancel') return this.end(args['--run'] ?? '', verb);
    return this.note(verb, args, argv);
  }

  private async command(run: string, vars: readonly string[]): Promise<ExecResult> {
    return { ...ok(''), ...(await this.behaviour.command?.(run, vars)) };
  }

  /** Any runner will do where only the state is read, as `statusArgv` has it. */
  private hasRunner(path: string): boolean {
    return this.disk.files.has(path) || [...this.disk.files.keys()].some((one) => one.includes('/runner/'));
  }

  private note(verb: string, args: Args, argv: readonly string[]): ExecResult {
    const { '--bundle': bundle = '', '--bytes': bytes = '', '--change': change = '' } = args;
    if (verb === 'verified') this.disk.noteVerified({ bundle, bytes, change });
    if (verb === 'hold') this.disk.hold = holdOf(argv, args);
    if (verb === 'release') {
      this.disk.hold = null;
      this.behaviour.hold = undefined;
    }
    return ok('');
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
    if (this.disk.files.has(runner)) lines.push(`runner=${JSON.stringify(this.status())}`);
    return lines.join('\n');
  }

  private lacking(runner: string, bytes: string): string {
    const has = (digest: string) => [...this.disk.files.values()].some((one) => sha256Hex(one) === digest);
    return [...(has(runner) ? [] : ['runner']), ...(has(bytes) ? [] : ['bundle'])].join('\n');
  }

  status() {
    const { head, debts, verified } = this.disk;
    const active = [...this.disk.runs].find(([, run]) => run.active)?.[0] ?? null;
    const hold = this.behaviour.hold === undefined ? this.disk.hold : { reason: this.behaviour.hold };
    return { v: 1, head, active, debts, hold, verified, bootId: `boot-${this.boot}`, uptime: 1 };
  }

  private async start(args: Args, argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    const { '--run': run = '', '--purpose': purpose, '--bytes': bytes = '', '--undo': undo } = args;
    const say = (text: unknown) => options.onLine?.(JSON.stringify(text));
    if (args['--status'] === 'first') {
      const status = this.status();
      say(status);
      if (status.head?.bundle !== args['--bundle'] || status.hold !== null) return ok('');
    }
    if (purpose === 'check') await this.behaviour.beforeLook?.();
    const bundle = this.bundleOf(bytes);
    if (bundle === undefined) return refused(say, { v: 1, start: 'lacking', what: 'bundle' }, 12);
    if (this.disk.tombstones.has(run)) return refused(say, { v: 1, start: 'tombstoned' }, 14);
    const refusal = this.refusal(args, purpose === 'apply' || purpose === 'rollback');
    if (refusal !== undefined) return refused(say, ...refusal);
    if (purpose !== 'apply' && purpose !== 'rollback') return this.lookAt(bundle, argv, args, say);
    const known = this.disk.runs.get(run);
    if (known !== undefined && (known.active || known.lines.at(-1)?.state === 'run-ended')) {
      say({ v: 1, start: 'attached', head: this.head, active: known.active });
      return this.follow(run, options);
    }
    if (this.head?.run !== run)
      this.disk.head = { generation: (this.head?.generation ?? 0) + 1, bundle: bundle.bundle, run };
    this.disk.runs.set(run, { lines: known?.lines ?? [], active: true });
    say({ v: 1, start: 'accepted', head: this.head });
    void perform(this, { run, bundle: partOf(bundle, argv), undo });
    return this.follow(run, options);
  }

  private bundleOf(bytes: string): SimBundle | undefined {
    const file = [...this.disk.files].find(([path]) => path.includes(bytes))?.[1];
    return file === undefined ? undefined : decodeSim(file);
  }

  /** Why nothing is started now; a run that is known and has begun is never refused but where another took its place. */
  private refusal(args: Args, changes: boolean): readonly [object, number] | undefined {
    const { '--run': run = '', '--expect': expect } = args;
    const { active, head, hold } = this.status();
    const known = this.disk.runs.get(run);
    if (known?.active || known?.lines.at(-1)?.state === 'run-ended') return undefined;
    if (active !== null) return [{ v: 1, start: 'refused', reason: 'busy', head, active }, 10];
    if (!changes) return undefined;
    if (hold !== null) return [{ v: 1, start: 'held', reason: hold.reason }, 13];
    if (head?.run !== run && textOf(head) !== expect)
      return [{ v: 1, start: 'refused', reason: 'stale', head }, 10];
    return this.undoRefusal(args, known === undefined);
  }

  private undoRefusal(args: Args, fresh: boolean): readonly [object, number] | undefined {
    const { '--undo': undo, '--undo-bytes': bytes = '' } = args;
    if (undo === undefined || !fresh) return undefined;
    const bundle = this.bundleOf(bytes);
    if (bundle === undefined) return [{ v: 1, start: 'lacking', what: 'undo' }, 12];
    const never = new Set(bundle.steps.filter((one) => one.cannotUndo).map(({ id }) => id));
    const step = this.disk.touchedBy(undo).find((id) => never.has(id) || this.behaviour.cannotUndo.has(id));
    if (step === undefined) return undefined;
    return [{ v: 1, start: 'failed', code: 'MW-ROLLBACK-NOUNDO', reason: `${step} cannot be undone` }, 15];
  }

  private lookAt(bundle: SimBundle, argv: readonly string[], args: Args, say: (text: unknown) => void) {
    say({ v: 1, start: 'accepted', head: this.head });
    const verify = args['--purpose'] === 'verify';
    const only = argv.filter((_, i) => argv[i - 1] === '--only');
    const all = verify ? bundle.verify.filter((id) => only.includes(id)) : bundle.steps.map(({ id }) => id);
    const differs = (id: string) => !this.isApplied(bundle, id);
    const bad = verify ? (id: string) => !this.holds(bundle, id) : differs;
    const state = (id: string) => (bad(id) ? (verify ? 'failed' : 'differs') : 'ok');
    const base = { v: 1, run: args['--run'], bootId: 'b', uptime: 1 };
    for (const [i, step] of all.entries())
      say({ ...base, seq: i + 1, step, state: state(step), reason: 'looked', durationMs: 1 });
    const reason = verify && all.some(bad) ? 'failed' : 'ok';
    say({ ...base, seq: all.length + 1, state: 'run-ended', reason });
    return ok('');
  }

  private isApplied(bundle: SimBundle, id: string): boolean {
    return this.applied.get(id) === bundle.steps.find((step) => step.id === id)?.hash;
  }

  /** Whether a check of that bundle is true of this machine: only where all of the bundle is in place. */
  holds(bundle: SimBundle, check: string): boolean {
    if (this.behaviour.wrong.has(check) || bundle.wrong.includes(check)) return false;
    return bundle.steps.every(({ id }) => this.isApplied(bundle, id));
  }

  private async follow(id: string, options: ExecOptions): Promise<ExecResult> {
    const run = this.disk.runs.get(id);
    if (run === undefined) return { ...ok(''), code: 21 };
    for (let at = 0; ; ) {
      options.signal?.throwIfAborted();
      for (; at < run.lines.length; at++) options.onLine?.(JSON.stringify(run.lines[at]));
      if (!run.active) return { ...ok(''), code: run.lines.at(-1)?.state === 'run-ended' ? 0 : 20 };
      await sleep(5);
    }
  }

  private async end(id: string, how: 'stop' | 'cancel'): Promise<ExecResult> {
    const run = this.disk.runs.get(id);
    if (how === 'cancel') this.disk.tombstones.add(id);
    if (run?.active) run.ending = how === 'stop' ? 'stopped' : 'cancelled';
    this.behaviour.onEnd?.();
    while (how === 'cancel' && run?.active) await sleep(5);
    if (how === 'cancel' && run !== undefined) this.conclude(id);
    return ok('');
  }

  /** Writes the end of a run that could not do so itself. */
  private conclude(id: string): void {
    const lines = this.disk.runs.get(id)?.lines;
    if (lines === undefined || lines.at(-1)?.state === 'run-ended') return;
    const base = { v: 1, run: id, bootId: `boot-${this.boot}`, uptime: 1 } as const;
    lines.push({ ...base, seq: lines.length + 1, state: 'cancelled' });
    lines.push({ ...base, seq: lines.length + 1, state: 'run-ended', reason: 'cancelled' });
  }
}

type Args = Readonly<Record<string, string>>;
const argumentsOf = (argv: readonly string[]): Args =>
  Object.fromEntries(argv.flatMap((one, i) => (one.startsWith('--') ? [[one, argv[i + 1] ?? '']] : [])));
const textOf = (head: Head | null) =>
  head === null ? 'none' : `${head.generation}:${head.bundle}:${head.run}`;
const ok = (stdout: string): ExecResult => ({ code: 0, stdout, stderr: '' });
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** `hold --until SECONDS --by NAME REASON` */
const holdOf = (argv: readonly string[], { '--by': by, '--until': until }: Args): Hold => ({
  reason: argv.at(-1) ?? 'held',
  ...(by ? { by } : {}),
  ...(Number(until) > 0 ? { until: new Date(Number(until) * 1000).toISOString() } : {}),
});

function refused(say: (text: unknown) => void, answer: object, code: number): ExecResult {
  say(answer);
  return { code, stdout: `${JSON.stringify(answer)}\n`, stderr: '' };
}

export const unreachable = (what: string) =>
  new MillwrightError({ code: 'MW-SSH-CLOSED', cause: 'unreachable', message: `sim:22 ${what}` }, true);

/** The steps that `--only` names; all where it names none. */
function partOf(bundle: SimBundle, argv: readonly string[]): SimBundle {
  const only = argv.filter((_, at) => argv[at - 1] === '--only');
  if (only.length === 0) return bundle;
  return { ...bundle, steps: bundle.steps.filter((step) => only.includes(step.id)) };
}
