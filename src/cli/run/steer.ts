import type { Context } from '../context.js';

export interface Steering {
  /** Aborted when watching should end. */
  readonly leave: AbortSignal;
  /** What the person or the signal wanted, once `leave` is aborted. */
  wish(): 'detach' | 'interrupt' | undefined;
  close(): void;
}

/**
 * On a terminal: `d` leaves the run alone, `s` stops it after the running step, Ctrl-C asks which. Elsewhere SIGINT and
 * SIGTERM leave it alone.
 */
export function steer(
  context: Context,
  stop: () => Promise<void>,
  ask: (question: string | undefined) => void,
): Steering {
  const controller = new AbortController();
  let wish: 'detach' | 'interrupt' | undefined;
  const leave = (how: 'detach' | 'interrupt') => {
    wish ??= how;
    controller.abort();
  };
  const close = context.io.interactive
    ? onKeys({ context, stop, ask, leave })
    : onSignals(() => leave('interrupt'));
  return { leave: controller.signal, wish: () => wish, close };
}

function onSignals(leave: () => void): () => void {
  process.on('SIGINT', leave);
  process.on('SIGTERM', leave);
  return () => {
    process.off('SIGINT', leave);
    process.off('SIGTERM', leave);
  };
}

interface Hands {
  readonly context: Context;
  stop(): Promise<void>;
  /** Shows a question beside the frame, or takes it away. */
  ask(question: string | undefined): void;
  leave(how: 'detach' | 'interrupt'): void;
}

const CTRL_C = '\u0003';
const QUESTION =
  'The run goes on by itself.   d or Ctrl-C: leave it alone   s: stop it after the running step   any other key: keep watching';

function onKeys({ context, stop, ask, leave }: Hands): () => void {
  const input = context.io.stdin as NodeJS.ReadStream;
  let asked = false;
  const key = (bytes: Buffer) => {
    const typed = bytes.toString();
    if (typed === 'd' || (typed === CTRL_C && asked)) return leave(asked ? 'interrupt' : 'detach');
    asked = typed === CTRL_C;
    ask(asked ? QUESTION : undefined);
    if (typed === 's') void stop().catch((error: Error) => ask(`It can't be stopped: ${error.message}`));
  };
  input.setRawMode(true);
  input.on('data', key);
  input.resume();
  const close = onSignals(() => leave('interrupt'));
  return () => {
    input.off('data', key);
    input.setRawMode(false);
    input.pause();
    close();
  };
}
