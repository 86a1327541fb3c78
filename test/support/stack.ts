import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { temporalBinary } from './temporal.js';

const binary = new URL('../../bin/millwright.js', import.meta.url).pathname;

/** Images are the one thing tests share: building one takes minutes, and it is content-addressed. */
const sharedState = process.env.MILLWRIGHT_TEST_STATE ?? join(tmpdir(), 'millwright-test');

export function sharedImages(): string {
  const images = join(sharedState, 'images');
  mkdirSync(images, { recursive: true });
  return images;
}

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * The whole product as real processes in a state directory of its own: a Temporal server on its file, one control and
 * one site worker, and the command line. Each process can be killed by its own pid and started again.
 */
export class Stack {
  readonly dir: string;
  readonly state: string;
  private readonly children = new Set<ChildProcess>();
  private server: ChildProcess | undefined;
  private port = 0;
  workers: Running[] = [];

  private constructor(readonly site: string) {
    this.dir = mkdtempSync(join(tmpdir(), 'mw-stack-'));
    this.state = join(this.dir, 'state');
    mkdirSync(this.state);
    symlinkSync(sharedImages(), join(this.state, 'images'));
  }

  static async start(options: { settings?: string; env?: Record<string, string> } = {}): Promise<Stack> {
    const stack = new Stack('main');
    Object.assign(stack.extraEnv, options.env);
    writeFileSync(join(stack.dir, 'settings.yaml'), options.settings ?? '{}\n');
    stack.port = await freePort();
    await stack.startServer();
    const migrated = await stack.cli(['doctor', '--migrate']);
    if (migrated.code !== 0) throw new Error(`doctor --migrate: ${migrated.stderr}`);
    await stack.startWorkers();
    return stack;
  }

  readonly extraEnv: Record<string, string> = {};

  get env(): NodeJS.ProcessEnv {
    return {
      ...process.env,
      ...this.extraEnv,
      MILLWRIGHT_STATE: this.state,
      MILLWRIGHT_SETTINGS: join(this.dir, 'settings.yaml'),
      TEMPORAL_ADDRESS: `127.0.0.1:${this.port}`,
      NO_COLOR: '1',
    };
  }

  async startServer(): Promise<void> {
    const args = [
      'server',
      'start-dev',
      '--headless',
      '--port',
      String(this.port),
      '--db-filename',
      join(this.dir, 'temporal.db'),
    ];
    const attributes = ['MwFleet', 'MwEnvironment', 'MwMachine', 'MwPhase', 'MwRevision', 'MwOutcome'];
    for (const name of attributes) args.push('--search-attribute', `${name}=Keyword`);
    for (const pragma of ['journal_mode=WAL', 'synchronous=normal']) args.push('--sqlite-pragma', pragma);
    this.server = this.spawn(temporalBinary(), args, 'server');
    await this.until('the Temporal server answers', async () => {
      const connection = await Connection.connect({
        address: `127.0.0.1:${this.port}`,
        connectTimeout: 2000,
      });
      await connection.close();
      return true;
    });
  }

  async killServer(): Promise<void> {
    await killAndWait(this.server);
  }

  async startWorkers(): Promise<void> {
    for (const role of [['--control'], ['--site', this.site]]) this.startWorker(role);
    await this.until('both workers run', async () => this.workers.length === 2);
  }

  startWorker(role: readonly string[]): Running {
    const child = this.spawn(process.execPath, [binary, 'worker', ...role], `worker${role[0]}`);
    const running = asRunning(child);
    this.workers.push(running);
    return running;
  }

  /** Kills control and site worker at once, as a power cut would. */
  async killWorkers(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    const killed = this.workers;
    this.workers = [];
    for (const worker of killed) worker.kill(signal);
    await Promise.all(killed.map((worker) => worker.ended));
  }

  /** Runs the real binary in the fleet's folder and waits for it. */
  async cli(args: readonly string[], options: { cwd?: string; input?: string } = {}): Promise<CliResult> {
    const child = spawn(process.execPath, [binary, ...args], { cwd: options.cwd ?? this.dir, env: this.env });
    this.children.add(child);
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.stdin.end(options.input ?? '');
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
    return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() };
  }

  /** Runs `use` with a client of this stack's server. */
  async withClient<T>(use: (client: Client) => Promise<T>): Promise<T> {
    const connection = await Connection.connect({ address: `127.0.0.1:${this.port}` });
    try {
      return await use(new Client({ connection }));
    } finally {
      await connection.close();
    }
  }

  /** Polls a condition of the outside world; errors count as "not yet". */
  async until<T>(what: string, condition: () => Promise<T | undefined | false>, seconds = 90): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    let last: unknown;
    while (Date.now() < deadline) {
      try {
        const value = await condition();
        if (value !== undefined && value !== false) return value;
      } catch (error) {
        last = error;
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(
      `never happened within ${seconds} s: ${what}${last === undefined ? '' : ` (last: ${last})`}\n${this.logs()}`,
    );
  }

  /** QEMU processes of this stack, from the process table alone: pid by instance key. */
  qemu(): { pid: number; key: string }[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        const argv = commandLine(pid);
        const key = argv.join(' ').match(new RegExp(`${this.state}/instances/([0-9a-f]{16})/`))?.[1];
        return argv[0]?.includes('qemu-system') && key !== undefined ? [{ pid: Number(pid), key }] : [];
      });
  }

  logs(): string {
    const tails = readdirSync(this.dir).filter((name) => name.endsWith('.log'));
    return tails
      .map((name) => `--- ${name}\n${readFileSync(join(this.dir, name), 'utf8').slice(-3000)}`)
      .join('\n');
  }

  async stop(): Promise<void> {
    for (const { pid } of this.qemu()) process.kill(pid, 'SIGKILL');
    await Promise.all([...this.children].map(killAndWait));
    rmSync(this.dir, { recursive: true, force: true });
  }

  private spawn(command: string, args: readonly string[], log: string): ChildProcess {
    const file = openSync(join(this.dir, `${log}.log`), 'a');
    const child = spawn(command, args, { cwd: this.dir, env: this.env, stdio: ['ignore', file, file] });
    this.children.add(child);
    return child;
  }
}

function asRunning(child: ChildProcess): Running {
  const ended = new Promise<number | null>((resolve) => child.on('exit', resolve));
  return { pid: child.pid ?? -1, ended, kill: (signal) => void child.kill(signal) };
}

async function killAndWait(child: ChildProcess | undefined): Promise<void> {
  if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.on('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // It ended between the listing and the look.
  }
}
