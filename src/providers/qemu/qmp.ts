import { randomUUID } from 'node:crypto';
import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { failure } from './fail.js';

/** Sends one QMP command and gives what it returned. */
export type QmpCommand = (execute: string, args?: Record<string, unknown>) => Promise<unknown>;

interface Answer {
  readonly id?: string;
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
  readonly QMP?: unknown;
}

/** The monitors of one QEMU: each serves one conversation at a time, and who holds one may be stopped. */
export type Monitors = readonly string[];

const GREETING_MS = 3000;

/**
 * A conversation with a QEMU on the first of its monitors that answers.
 * MW-QEMU-MONITOR (retryable) when none does, or a command takes longer than `timeoutMs`.
 */
export async function qmp<T>(
  monitors: Monitors,
  talk: (command: QmpCommand) => Promise<T>,
  timeoutMs = 10_000,
): Promise<T> {
  let last: unknown;
  for (const path of monitors) {
    const connection = open(path);
    try {
      await connection.within(GREETING_MS, greet(connection));
    } catch (error) {
      last = error;
      connection.close();
      continue;
    }
    try {
      return await connection.within(timeoutMs, talk(connection.command));
    } catch (error) {
      throw explain(error, path);
    } finally {
      connection.close();
    }
  }
  throw explain(last, monitors[0] ?? '');
}

interface Connection {
  readonly lines: AsyncIterator<string>;
  readonly command: QmpCommand;
  /** Fails when the work takes longer or the connection breaks. */
  within<T>(ms: number, work: Promise<T>): Promise<T>;
  close(): void;
}

function open(path: string): Connection {
  const socket = createConnection(path);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const broken = new Promise<never>((_, reject) => socket.on('error', reject));
  broken.catch(() => undefined);
  const conversation = randomUUID();
  let count = 0;
  return {
    lines,
    command: async (execute, args) => {
      const id = `${conversation}/${++count}`;
      socket.write(`${JSON.stringify({ execute, arguments: args, id })}\n`);
      return result(execute, await lineOf(lines, (one) => one.id === id));
    },
    within: (ms, work) => withTimeout(ms, Promise.race([broken, work])),
    close: () => socket.destroy(),
  };
}

async function withTimeout<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  return Promise.race([late, work]).finally(() => clearTimeout(timer));
}

async function greet({ lines, command }: Connection): Promise<void> {
  await lineOf(lines, (one) => one.QMP !== undefined);
  await command('qmp_capabilities');
}

/** The next such line. Others are events, and what a caller that died had asked: QEMU tells it whoever connects next. */
async function lineOf(lines: AsyncIterator<string>, wanted: (one: Answer) => boolean): Promise<Answer> {
  for (;;) {
    const { value, done } = await lines.next();
    if (done) throw new Error('QEMU closed the monitor');
    const parsed = JSON.parse(value) as Answer;
    if (wanted(parsed)) return parsed;
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

/** A command of the human monitor, for which QMP has no own form; gives its text. */
export const humanMonitor = async (command: QmpCommand, line: string): Promise<string> =>
  String(await command('human-monitor-command', { 'command-line': line })).trim();
