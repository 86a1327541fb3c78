import type { Answer } from '../../workflows/types.js';
import type { Context } from '../context.js';

/** How watching ends: on a person's own wish, by a signal, or by one that paused the run. */
export type Wish = 'detach' | 'interrupt' | 'pause';

export interface Steering {
  /** Aborted when watching should end. */
  readonly leave: AbortSignal;
  /** What the person or the signal wanted, once `leave` is aborted. */
  wish(): Wish | undefined;
  close(): void;
}

/** What SIGINT or SIGTERM does where nobody can be asked. */
export type OnInterrupt = 'detach' | 'stop' | 'pause';

/** What can be told to a run from here. */
export type Told = Answer | 'pause' | 'resume';

export interface Hands {
  /** Sends what was typed to the run; `machine`: of the question that is shown. */
  send(verb: Told, machine?: string): Promise<void>;
  /** Machine of the question that is shown, if one is open. */
  asking(): string | undefined;
  /** Shows a line beside the frame, or takes it away. */
  ask(question: string | undefined): void;
  /** Whether the run is paused, as last seen. */
  paused(): boolean;
  readonly onInterrupt: OnInterrupt;
}

/**
 * On a terminal: `d` leaves the run alone, `p` pauses it or lets it go on, `s` stops it after the running step, Ctrl-C asks
 * which; while a question is open `r`, `k` and `b` answer it. Elsewhere SIGINT and SIGTERM leave it alone, or pause or stop
 * it where that is wanted.
 */
export function steer(context: Context, hands: Hands): Steering {
  const controller = new AbortController();
  let wish: Wish | undefined;
  const leave = (how: Wish) => {
    wish ??= how;
    controller.abort();
  };
  const interactive = context.io.interactive && context.flags.input;
  const close = interactive ? onKeys(context, hands, leave) : onSignals(interruption(hands, leave));
  return { leave: controller.signal, wish: () => wish, close };
}

/** The first signal stops the run where that is wanted, and we watch it end, or pauses it; a second one leaves it. */
function interruption({ onInterrupt, send, ask }: Hands, leave: (how: Wish) => void): () => void {
  let told = false;
  const giveUp = (error: Error): void => {
    ask(error.message);
    leave('interrupt');
  };
  return () => {
    if (onInterrupt === 'detach' || told) return leave('interrupt');
    told = true;
    if (onInterrupt === 'pause') return void send('pause').then(() => leave('pause'), giveUp);
    ask('Interrupted: the run stops after its running steps. Once more leaves it alone.');
    void send('stop').catch(giveUp);
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
  'The run goes on by itself.   d or Ctrl-C: leave it alone   p: pause it   s: stop it after the running step   any other key: keep watching';
const answerKeys: Readonly<Record<string, Answer>> = { r: 'retry', k: 'skip', b: 'rollback' };

function onKeys(
  { io }: Context,
  { send, asking, ask, paused }: Hands,
  leave: (how: Wish) => void,
): () => void {
  const input = io.stdin as NodeJS.ReadStream;
  let before = '';
  const say = (verb: Told, machine?: string) =>
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
    if (typed === 'p') say(paused() ? 'resume' : 'pause');
    else if (typed === 's') say('stop');
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
