import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Program {
  /** The interpreter that supervises. */
  readonly python: string;
  readonly argv: readonly string[];
  /** The whole environment: nothing of this process's own. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly onLine: (line: string) => void;
}

export interface Ended {
  /** null: by a signal. */
  readonly exit: number | null;
  readonly timedOut: boolean;
}

const supervisor = fileURLToPath(new URL('./supervise.py', import.meta.url));
const graceSeconds = 5;

/**
 * Runs a program in a tree of processes that ends with this process, however that dies: the supervisor sees its standard
 * input end. Rejects with the signal's reason once an abort has ended all of them.
 */
export async function runSupervised(program: Program): Promise<Ended> {
  const { python, argv, env, cwd, timeoutMs, signal, onLine } = program;
  signal.throwIfAborted();
  const child = spawn(python, [supervisor, String(graceSeconds), ...argv], {
    ...{ env: { ...env }, cwd },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let timedOut = false;
  // Its end is the order to stop; that nobody reads any more is no failure.
  child.stdin.on('error', () => undefined);
  const stop = (): void => void child.stdin.end();
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, timeoutMs);
  signal.addEventListener('abort', stop, { once: true });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', onLine);
  try {
    const exit = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    return { exit, timedOut };
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
