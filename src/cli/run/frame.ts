import { createLogUpdate } from 'log-update';
import { eventLine, type FrameView, frame } from '../../report/index.js';
import type { Context } from '../context.js';
import type { Screen } from './follow.js';
import type { Snapshot } from './snapshot.js';
import { groupsOf } from './view.js';

const KEYS = 'd detach   s stop after this step   Ctrl-C asks';

/** One live frame on the terminal, redrawn each second so that its clocks run. */
export function frameScreen(context: Context, temporalUrl: string | null): Screen {
  const draw = createLogUpdate(context.io.stderr as NodeJS.WriteStream, { showCursor: true });
  const tail: string[] = [];
  let note = KEYS;
  let question: string | undefined;
  let last: Snapshot | undefined;
  const redraw = () => {
    if (last)
      draw(
        frame(
          viewOf(last, tail, temporalUrl, question ?? note),
          Date.now(),
          context.io.columns,
          context.paint,
        ),
      );
    else draw(question ?? note);
  };
  return {
    show: (snapshot, events) => {
      last = snapshot;
      note = snapshot.progress.stopping ? 'stopping after the running steps   d detach' : KEYS;
      tail.push(
        ...events.filter((one) => one.result !== 'running').map((one) => eventLine(one, context.paint)),
      );
      redraw();
    },
    silent: (since) => {
      note = context.paint.yellow(
        `no answer since ${since.toISOString().slice(11, 19)}: the run goes on when Temporal and its workers are back   d detach`,
      );
      redraw();
    },
    ask: (text) => {
      question = text;
      redraw();
    },
    close: () => draw.clear(),
  };
}

function viewOf(
  snapshot: Snapshot,
  tail: readonly string[],
  temporalUrl: string | null,
  keys: string,
): FrameView {
  const { change, run } = snapshot.progress;
  return {
    fleet: change?.fleet ?? '',
    environment: change?.environment ?? '',
    run: run ?? null,
    plan: change?.plan ?? '',
    commit: change?.commit ?? null,
    startedBy: change?.startedBy ?? '',
    startedAt: change?.startedAt ?? new Date().toISOString(),
    groups: groupsOf(snapshot),
    tail,
    temporalUrl,
    keys,
  };
}
