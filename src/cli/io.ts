import type { Writable } from 'node:stream';

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

/** The process's own streams. A reader that went away (`| head`) ends us quietly. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1);
  });
  return {
    out: (text) => stdout.write(text.endsWith('\n') ? text : `${text}\n`),
    err: (text) => stderr.write(text.endsWith('\n') ? text : `${text}\n`),
    stdin,
    stderr,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    outIsTerminal: stdout.isTTY === true,
    columns: stdout.columns ?? stderr.columns ?? 100,
  };
}
