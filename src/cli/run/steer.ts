import type { Answer } from '../../workflows/types.js';
import type { Context } from '../context.js';

export interface Steering {
  /** Aborted when watching should end. */
  readonly leave: AbortSignal;
  /** What the person or the signal wanted, once `leave` is aborted. */
  wish(): 'detach' | 'interrupt' | undefined;
  close(): void;
}

/** What SIGINT or SIGTERM does where nobody can be asked. */
export type OnInterrupt = 'detach' | 'stop';

export interface Hands {
  /** Sends what was typed to the run; `machine`: of the question that is shown. */
  send(verb: Answer, machine?: string): Promise<void>;
  /** Machine of the question that is shown, if one is open. */
  asking(): string | undefined;
  /** Shows a line beside the frame, or takes it away. */
  ask(question: string | undefined): void;
  readonly onInterrupt: OnInterrupt;
}

/**
 * On a terminal: `d` leaves the run alone, `s` stops it after the running step, Ctrl-C asks which; while a question is
 * open `r`, `k` and `b` answer it. Elsewhere SIGINT and SIGTERM leave it alone, or stop it where that is wanted.
 */
export function steer(context: Context, hands: Hands): Steering {
  const controller = new AbortController();
  let wish: 'detach' | 'interrupt' | undefined;
  const leave = (how: 'detach' | 'interrupt') => {
    wish ??= how;
    controller.abort();
  };
  const interactive = context.io.interactive && context.flags.input;
  const close = interactive
    ? onKeys(context, hands, leave)
    : onSignals(interruption(hands, () => leave('interrupt')));
  return { leave: controller.signal, wish: () => wish, close };
}

/** The first signal stops the run where that is wanted, and we watch it end; a second one leaves it. */
function interruption({ onInterrupt, send, ask }: Hands, leave: () => void): () => void {
  let stopping = false;
  return () => {
    if (onInterrupt === 'detach' || stopping) return leave();
    stopping = true;
    ask('Interrupted: the run stops after its running steps. Once more leaves it alone.');
    void send('stop').catch((error: Error) => {
      ask(error.message);
      leave();
    });
  };
}

function onSignals(act: () => void): () => void {
  process.on('SIGINT', act);
  process.on('SIGTERM', act);
  return () => {
    process.off('SIGINT', act);
    process.off('SIGTERM', act);
  };
}

const CTRL_C = '\u0003';
const QUESTION =
  'The run goes on by itself.   d or Ctrl-C: leave it alone   s: stop it after the running step   any other key: keep watching';
const answerKeys: Readonly<Record<string, Answer>> = { r: 'retry', k: 'skip', b: 'rollback' };

function onKeys(
  { io }: Context,
  { send, asking, ask }: Hands,
  leave: (how: 'detach' | 'interrupt') => void,
): () => void {
  const input = io.stdin as NodeJS.ReadStream;
  let before = '';
  const say = (verb: Answer, machine?: string) =>
    void send(verb, machine).catch((error: Error) => ask(error.message));
  const key = (bytes: Buffer) => {
    const typed = bytes.toString();
    const [last, machine, verb] = [before, asking(), answerKeys[typed]];
    before = typed;
    if (typed === 'd' || (typed === CTRL_C && last === CTRL_C))
      return leave(last === CTRL_C ? 'interrupt' : 'detach');
    if (typed === 'b' && last !== 'b' && machine !== undefined)
      return ask(`b again: put ${machine} back to what was verified before   any other key: leave it`);
    ask(typed === CTRL_C ? QUESTION : undefined);
    if (typed === 's') say('stop');
    else if (verb !== undefined && machine !== undefined) say(verb, machine);
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
