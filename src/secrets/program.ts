import { spawn } from 'node:child_process';
import { basename } from 'node:path';

/** How a program that prints a secret ended. `said`: the last line of its standard error, without what it printed. */
export type Printed =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly how: string; readonly said: string; readonly cause?: unknown };

export interface ProgramLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

export const programLimits: ProgramLimits = { timeoutMs: 30_000, maxBytes: 1024 * 1024 };

/** Of the programs that the settings allow, the one that a manifest names: by its path, or by its name alone. */
export const allowedProgram = (allowed: readonly string[], written: string): string | undefined =>
  allowed.find((path) => path === written || (!written.includes('/') && basename(path) === written));

/** Runs a program without a shell, with nothing on its standard input; whatever it started ends with it. */
export function printOf(
  path: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  { timeoutMs, maxBytes }: ProgramLimits = programLimits,
): Promise<Printed> {
  return new Promise((done) => {
    // A group of its own, so that its children can be ended, too.
    const child = spawn(path, args, {
      env: { ...env },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const out = new Kept(maxBytes);
    const error = new Kept(maxBytes);
    let why: string | undefined;
    const end = (reason: string): void => {
      why ??= reason;
      kill(child.pid);
    };
    const timer = setTimeout(() => end(`did not end within ${timeoutMs / 1000} s`), timeoutMs);
    child.stdout.on('data', (chunk: Buffer) => out.add(chunk) || end(`printed more than ${maxBytes} bytes`));
    child.stderr.on('data', (chunk: Buffer) => error.add(chunk));
    child.once('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      done({ ok: false, how: `cannot be run: ${cause.code ?? cause.message}`, said: '', cause });
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const how = why ?? (signal === null ? `exited ${code}` : `was ended by ${signal}`);
      if (why === undefined && code === 0) done({ ok: true, text: out.text });
      else done({ ok: false, how, said: lastLine(error.text, out.text) });
    });
  });
}

function kill(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** What a program printed, as far as it is kept. */
class Kept {
  readonly #chunks: Buffer[] = [];
  #size = 0;
  constructor(private readonly most: number) {}

  /** False: too much, nothing more is kept. */
  add(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.most) return false;
    this.#chunks.push(chunk);
    return true;
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}

/** A program that fails may have printed the secret, and says so in other words as well. */
function lastLine(said: string, printed: string): string {
  const hidden = printed.split('\n').filter((line) => line.trim().length > 0);
  const line = said.trimEnd().split('\n').at(-1) ?? '';
  return hidden.reduce((text, secret) => text.replaceAll(secret.trim(), '***'), line).slice(0, 200);
}
