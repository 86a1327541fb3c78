import type { Writable } from 'node:stream';
import { visible } from '../report/visible.js';

/** Where a command reads and writes. Data goes to `out`, everything else to `err`. */
export interface Io {
  out(text: string): void;
  err(text: string): void;
  readonly stdin: NodeJS.ReadableStream;
  readonly stderr: Writable;
  /** Whether a person can be asked and shown a redrawn frame. */
  readonly interactive: boolean;
  readonly outIsTerminal: boolean;
  readonly columns: number;
}

/** The process's own streams; a terminal of theirs is written to, never steered. A reader that went away (`| head`) ends us quietly. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  return {
    out: (text) => stdout.write(ended(stdout.isTTY ? visible(text) : text)),
    err: (text) => stderr.write(ended(stderr.isTTY ? visible(text) : text)),
    stdin,
    stderr,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    outIsTerminal: stdout.isTTY === true,
    columns: stdout.columns ?? stderr.columns ?? 100,
  };
}

const ended = (text: string): string => (text.endsWith('\n') ? text : `${text}\n`);
