import { WorkflowFailedError } from '@temporalio/client';
import type { Change } from '../../model/index.js';
import { oneLine, type RunDocument, renderRun } from '../../report/index.js';
import type { RolloutResult } from '../../workflows/types.js';
import type { Context } from '../context.js';
import { devUi } from '../dev/state.js';
import { Exit } from '../exit.js';
import { environmentFlag } from '../flags.js';
import type { Stores } from '../stores.js';
import type { Engine } from '../temporal.js';
import { factsOfRecord, factsOfResult, factsOfSnapshot, nothingOpen, type RunFacts } from './facts.js';
import { follow, type Screen, type Watched, waitsFor } from './follow.js';
import { askingGates, openGates, outsideWindow, pauseOf } from './governed.js';
import { lineScreen } from './lines.js';
import { type ReportFile, writeReports } from './reports.js';
import { runDocument } from './result.js';
import { send } from './send.js';
import type { Snapshot } from './snapshot.js';
import type { Started } from './start.js';
import { type OnInterrupt, type Steering, steer, type Wish } from './steer.js';

export interface RunOptions {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly change: Change;
  readonly started: Started;
  /** Without a terminal; `detach` unless given. */
  readonly onInterrupt?: OnInterrupt;
  readonly reports?: readonly ReportFile[];
}

/** Watches a run until it ends or waits for a person, and reports it; the answer is the exit status. */
export async function watchRun(options: RunOptions): Promise<number> {
  const { context, engine, change, started } = options;
  let now: Snapshot | undefined;
  const screen = noting(await screenOf(context, temporalUrl(options)), (seen) => {
    now = seen;
  });
  const steering = steer(context, {
    send: (verb, machine) => send(engine, started, verb, machine === undefined ? {} : { machine }),
    asking: () => now?.progress.questions?.[0]?.machine,
    ask: screen.ask,
    paused: () => now !== undefined && pauseOf(now.progress) !== undefined,
    onInterrupt: options.onInterrupt ?? 'detach',
  });
  const patient = context.flags.wait || (context.io.interactive && context.flags.input);
  try {
    const { leave } = steering;
    const watched = await follow({ context, engine, environment: change, started, screen, leave, patient });
    return await end(options, watched, steering);
  } finally {
    steering.close();
  }
}

const noting = (screen: Screen, note: (snapshot: Snapshot) => void): Screen => ({
  ...screen,
  show: (snapshot, events) => {
    note(snapshot);
    screen.show(snapshot, events);
  },
});

async function screenOf(context: Context, url: string | null): Promise<Screen> {
  if (!context.io.interactive || context.flags.output === 'jsonl' || context.flags.verbosity < 0)
    return lineScreen(context);
  const { frameScreen } = await import('./frame.js');
  return frameScreen(context, url);
}

async function end(options: RunOptions, watched: Watched, steering: Steering): Promise<number> {
  steering.close();
  if (watched.how === 'ended') return report(options, await facts(options));
  if (watched.snapshot && watched.how !== 'silent') await reportSoFar(options, watched.snapshot);
  leave(options, watched, steering.wish());
  return exitOfLeaving(watched.how, steering.wish());
}

function exitOfLeaving(how: Watched['how'], wish: Wish | undefined): number {
  if (how === 'silent') return Exit.unreachable;
  if (how === 'timeout' || how === 'waits') return Exit.waits;
  return wish === 'detach' ? Exit.asAsked : Exit.interrupted;
}

/** The run goes on without us; says so, and how to come back. */
function leave({ context, started }: RunOptions, { how, snapshot }: Watched, wish: Wish | undefined): void {
  const run = snapshot?.progress.run ?? started.changeId;
  const flag = environmentFlag(context);
  const why = {
    silent: 'Nobody answers; the outcome is unknown',
    waits: `Run ${run} waits ${snapshot === undefined ? 'for a person' : keeper(snapshot)}`,
    timeout: `The time is over, and run ${run} goes on`,
    detached: wish === 'pause' ? `Run ${run} is paused` : `Run ${run} goes on`,
    ended: '',
  }[how];
  const next =
    wish === 'pause' ? `Go on: millwright resume ${run}` : `Come back: millwright status ${run} -w`;
  context.io.err(`${why}. ${next}${flag}   End it: millwright stop ${run}${flag}`);
}

/** What it waits for, of several what must be answered first. */
function keeper({ progress }: Snapshot): string {
  const { window, gates, questions = [] } = progress;
  const paused = pauseOf(progress);
  const open = openGates(askingGates(gates)).map((gate) => gate.id);
  if (questions.length > 0) return 'for a person, without a deadline';
  if (open.length > 0) return `at ${open.length > 1 ? 'gates' : 'gate'} ${open.join(', ')}`;
  if (paused) return `for whoever resumes it: ${oneLine(paused.by)} paused it`;
  return window && outsideWindow(progress) ? `for its window: ${oneLine(window.why)}` : 'for a person';
}

async function report(options: RunOptions, seen: RunFacts): Promise<number> {
  const document = await runDocument(seen, options.stores, temporalUrl(options));
  emitRun(options.context, document);
  await writeReports(options.context, document, options.reports ?? []);
  return document.exit;
}

/** Of a run that goes on without us the files tell, and the terminal what it asks. */
async function reportSoFar(options: RunOptions, snapshot: Snapshot): Promise<void> {
  const { context, change, stores, reports = [] } = options;
  const asks = (snapshot.progress.questions ?? []).length > 0 || waitsFor(snapshot) !== '';
  if (!asks && reports.length === 0) return;
  const document = await runDocument(factsOfSnapshot(change, snapshot), stores, temporalUrl(options));
  if (asks) emitRun(context, document);
  await writeReports(context, document, reports);
}

export const emitRun = (context: Context, document: RunDocument): void =>
  context.emit(document, () => renderRun(document, context.paint, environmentFlag(context), Date.now()));

/** The run's own result; of one that was cancelled, what the record says. */
async function facts({ engine, stores, change, started }: RunOptions): Promise<RunFacts> {
  try {
    const handle = engine.client.workflow.getHandle(started.id, started.runId);
    return factsOfResult(change, (await handle.result()) as RolloutResult);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const row = await stores.record.change(change, change.id);
    const outcomes = await stores.record.outcomes(change.id);
    const known = row && factsOfRecord(row, outcomes);
    if (known) return { ...known, outcome: row.outcome ?? 'terminated' };
    return {
      ...nothingOpen,
      machines: [],
      change,
      run: null,
      outcome: 'terminated',
      endedAt: new Date().toISOString(),
    };
  }
}

/** The run's page in Temporal's web UI, where we know it. */
export function temporalUrl({
  context,
  engine,
  started,
}: Pick<RunOptions, 'context' | 'engine' | 'started'>): string | null {
  const ui = devUi(context.settings().state);
  if (!ui) return null;
  return `${ui}/namespaces/${engine.namespace}/workflows/${encodeURIComponent(started.id)}/${started.runId}`;
}
