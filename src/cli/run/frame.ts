import { createLogUpdate } from 'log-update';
import {
  eventLines,
  type FrameSize,
  type FrameView,
  failureHead,
  frame,
  indent,
  visible,
  wrap,
} from '../../report/index.js';
import type { Context } from '../context.js';
import { environmentFlag } from '../flags.js';
import type { Screen } from './follow.js';
import { governedBy, openGates, pauseOf } from './governed.js';
import type { Snapshot } from './snapshot.js';
import { groupsOf } from './view.js';

const KEYS = 'd detach   p pause   s stop after this step   Ctrl-C asks';
const MESSAGE_LINES = 4;
/** More lines than that nobody takes in, however high the terminal is. */
const LINES = 40;
const KEPT = 12;

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
        visible(
          frame(
            viewOf(context, last, tail, temporalUrl, question ?? note),
            Date.now(),
            sizeOf(context),
            context.paint,
          ),
        ),
      );
    else draw(question ?? note);
  };
  return {
    show: (snapshot, events) => {
      last = snapshot;
      note = keysOf(snapshot);
      tail.push(
        ...eventLines(
          events.filter((one) => one.result !== 'running'),
          context.paint,
        ),
      );
      tail.splice(0, tail.length - KEPT);
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

/** Asked anew for each picture: a terminal may be made larger meanwhile. */
function sizeOf({ io }: Context): FrameSize {
  const { columns, rows } = io.stderr as NodeJS.WriteStream;
  return { width: columns ?? io.columns, height: Math.min(LINES, (rows ?? LINES) - 1) };
}

function keysOf({ progress }: Snapshot): string {
  if (progress.stopping) return 'stopping after the running steps   d detach';
  if (progress.rollingBack) return 'putting back what was verified before   d detach';
  const questions = progress.questions ?? [];
  const [first] = questions;
  if (pauseOf(progress) && !first) return KEYS.replace('p pause', 'p go on');
  if (!first) return KEYS;
  const keys = { retry: 'r retry', skip: 'k skip', rollback: 'b roll back', stop: 's stop the run' };
  const which = questions.length > 1 ? `   (1 of ${questions.length} questions)` : '';
  return `${first.machine}:  ${first.answers.map((one) => keys[one]).join('   ')}   d detach${which}`;
}

/** Where and why the first machine asks; the whole block comes with the report. */
function questionLines({ paint }: Context, { progress }: Snapshot): string[] {
  const [first] = progress.questions ?? [];
  const failure = first?.outcome.failure;
  if (!first || !failure) return [];
  const message = [...wrap(failure.message, 90), ...(failure.detail ?? [])].slice(0, MESSAGE_LINES);
  return [failureHead(first.outcome, failure, paint), ...indent(message, 4)];
}

function viewOf(
  context: Context,
  snapshot: Snapshot,
  tail: readonly string[],
  temporalUrl: string | null,
  keys: string,
): FrameView {
  const { change, run, changeId } = snapshot.progress;
  const { gates, paused, window } = governedBy(snapshot.progress);
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
    question: questionLines(context, snapshot),
    temporalUrl,
    keys,
    ...{ gates: openGates(gates), paused, window },
    typed: { run: String(run ?? changeId), flag: environmentFlag(context) },
  };
}
