import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const binary = new URL('../../../bin/millwright.js', import.meta.url).pathname;

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A directory of its own with a state directory, an empty settings file and a port that nobody listens on. */
export class Desk {
  readonly dir = mkdtempSync(join(tmpdir(), 'mw-cli-'));
  readonly state = join(this.dir, 'state');

  private constructor(readonly port: number) {}

  static async open(): Promise<Desk> {
    return new Desk(await freePort());
  }

  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    const { CI: _, TEMPORAL_ADDRESS: __, MILLWRIGHT_SETTINGS: ___, ...rest } = process.env;
    return {
      ...rest,
      MILLWRIGHT_STATE: this.state,
      XDG_CONFIG_HOME: join(this.dir, 'config'),
      TEMPORAL_ADDRESS: `127.0.0.1:${this.port}`,
      ...more,
    };
  }

  /** Runs the real binary without a terminal. */
  run(args: readonly string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Promise<Result> {
    const child = spawn(process.execPath, [binary, ...args], {
      cwd: options.cwd ?? this.dir,
      env: this.env(options.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    return new Promise((resolve) => {
      child.on('close', (code) =>
        resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }),
      );
    });
  }

  close(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
