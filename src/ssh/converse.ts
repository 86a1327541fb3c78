import type { ClientChannel } from 'ssh2';
import { splitLines, Tail } from './collect.js';
import type { Link } from './connect.js';
import { timedOut } from './failures.js';
import type { ExecOptions, ExecResult, SshTarget } from './port.js';

const defaultMaxBytes = 1024 * 1024;

/**
 * Feeds a running command and collects what it says until it ends. An abort rejects with the signal's reason and closes
 * the channel: the command loses its pipes, but sshd doesn't kill it.
 */
export function converse(
  target: SshTarget,
  { lost }: Pick<Link, 'lost'>,
  channel: ClientChannel,
  options: ExecOptions,
): Promise<ExecResult> {
  const { signal, idleMs, onLine, maxBytes = defaultMaxBytes } = options;
  const stdout = new Tail(maxBytes);
  const stderr = new Tail(maxBytes);
  const lines = onLine && splitLines(onLine, maxBytes);
  return new Promise((resolve, reject) => {
    let idle: NodeJS.Timeout | undefined;
    const settle = () => {
      clearTimeout(idle);
      signal?.removeEventListener('abort', abort);
    };
    const fail = (error: unknown) => {
      settle();
      channel.close();
      reject(error);
    };
    const abort = () => fail(signal?.reason);
    const heard = () => {
      clearTimeout(idle);
      if (idleMs !== undefined)
        idle = setTimeout(
          () => fail(timedOut(target, `said nothing for ${idleMs} ms within a command`)),
          idleMs,
        );
    };
    signal?.addEventListener('abort', abort, { once: true });
    heard();
    channel.on('data', (chunk: Buffer) => {
      heard();
      stdout.push(chunk);
      try {
        lines?.(chunk);
      } catch (error) {
        fail(error);
      }
    });
    channel.stderr.on('data', (chunk: Buffer) => {
      heard();
      stderr.push(chunk);
    });
    channel.on('error', fail);
    // What was said on standard error may come to an end after the channel.
    const stderrEnd = new Promise((end) => channel.stderr.once('close', end));
    channel.on('close', async (code?: number | null, name?: string) => {
      settle();
      if (code === undefined) return reject(lost('within a command'));
      await stderrEnd;
      resolve({ code, signal: name, stdout: stdout.text(), stderr: stderr.text() });
    });
    channel.end(options.stdin);
    if (signal?.aborted) abort();
  });
}
