import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { failure } from './fail.js';

/** Sends one QMP command and gives what it returned. */
export type QmpCommand = (execute: string, args?: Record<string, unknown>) => Promise<unknown>;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly event?: string;
  readonly QMP?: unknown;
}

/**
 * A conversation with a QEMU's monitor; QEMU serves one at a time, so keep it short.
 * MW-QEMU-MONITOR (retryable) when it doesn't answer within `timeoutMs`.
 */
export async function qmp<T>(
  path: string,
  talk: (command: QmpCommand) => Promise<T>,
  timeoutMs = 10_000,
): Promise<T> {
  const socket = createConnection(path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const broken = new Promise<never>((_, reject) => {
    socket.once('error', reject);
    socket.setTimeout(timeoutMs, () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)));
  });
  const command: QmpCommand = async (execute, args) => {
    socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    return result(execute, await answer(lines));
  };
  try {
    return await Promise.race([broken, greet(lines, command).then(() => talk(command))]);
  } catch (error) {
    throw explain(error, path);
  } finally {
    close(socket);
  }
}

async function greet(lines: AsyncIterator<string>, command: QmpCommand): Promise<void> {
  await lines.next();
  await command('qmp_capabilities');
}

/** The next line that isn't an event. */
async function answer(lines: AsyncIterator<string>): Promise<Answer> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('QEMU closed the monitor');
    const parsed = JSON.parse(value) as Answer;
    if (!parsed.event) return parsed;
  }
}

function result(execute: string, { error, return: value }: Answer): unknown {
  if (error) throw new Error(`${execute}: ${error.desc}`);
  return value;
}

function explain(error: unknown, path: string): unknown {
  if (error instanceof Error && error.name === 'MillwrightError') return error;
  return failure('MW-QEMU-MONITOR', `QEMU's monitor ${path}: ${(error as Error).message}`, {
    error,
    retryable: true,
  });
}

function close(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.destroy();
}

/** A command of the human monitor, for which QMP has no own form; gives its text. */
export const humanMonitor = async (command: QmpCommand, line: string): Promise<string> =>
  String(await command('human-monitor-command', { 'command-line': line })).trim();
