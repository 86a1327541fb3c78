import { type SpawnOptions, spawn } from 'node:child_process';
import { failure } from './fail.js';
import { hasCode } from './files.js';

export interface ToolOptions {
  readonly signal?: AbortSignal;
  /** After so long the program is killed. */
  readonly killAfterMs?: number;
  /** File descriptor that the program inherits as 3. */
  readonly fd3?: number;
}

interface Ended {
  readonly code: number | null;
  readonly killed: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the host and gives its standard output; a missing one is named together with its remedy. */
export async function tool(
  name: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<string> {
  const { code, killed, stdout, stderr } = await ask(name, args, options);
  if (code === 0) return stdout;
  const detail = stderr.trim().split('\n').slice(-15);
  const message = `${name} ended with ${code ?? killed}: ${detail.at(-1) || 'it said nothing'}`;
  throw failure('MW-QEMU-TOOL', message, { detail, retryable: true });
}

/** The same for a program whose exit status is an answer. */
export function ask(name: string, args: readonly string[], options: ToolOptions = {}): Promise<Ended> {
  const { signal, killAfterMs, fd3 } = options;
  const spawned: SpawnOptions = {
    signal,
    timeout: killAfterMs,
    killSignal: 'SIGKILL',
    stdio: ['ignore', 'pipe', 'pipe', ...(fd3 === undefined ? [] : [fd3])],
  };
  return new Promise((resolve, reject) => {
    const child = spawn(name, args, spawned);
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
    child.once('error', (error) => reject(explain(name, error)));
    child.once('close', (code, killed) => resolve({ code, killed, stdout: text(out), stderr: text(err) }));
  });
}

const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('utf8');

function explain(name: string, error: Error): Error {
  if (hasCode(error, 'ABORT_ERR'))
    return failure('MW-CANCELLED', `${name} was stopped`, { cause: 'cancelled', error });
  if (!hasCode(error, 'ENOENT')) return error;
  return failure('MW-QEMU-TOOL-MISSING', `the program ${name} isn't installed on this host`, {
    remedy: 'millwright doctor --fix',
    error,
  });
}
