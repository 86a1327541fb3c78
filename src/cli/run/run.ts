import { WorkflowFailedError } from '@temporalio/client';
import type { Change } from '../../model/index.js';
import { type RunDocument, renderRun } from '../../report/index.js';
import type { RolloutResult } from '../../workflows/types.js';
import type { Context } from '../context.js';
import { devUi } from '../dev/state.js';
import { Exit } from '../exit.js';
import type { Stores } from '../stores.js';
import type { Engine } from '../temporal.js';
import { follow, type Watched } from './follow.js';
import { lineScreen } from './lines.js';
import { factsOfRecord, factsOfResult, type RunFacts, runDocument } from './result.js';
import type { Started } from './start.js';
import { steer } from './steer.js';
import { askToStop } from './stop.js';

export interface RunOptions {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly change: Change;
  readonly started: Started;
}

/** Watches a run to its end and reports it, or says how to come back; the answer is the exit status. */
export async function watchRun(options: RunOptions): Promise<number> {
  const { context, engine, change, started } = options;
  const screen = await screenOf(context, temporalUrl(options));
  const steering = steer(context, () => askToStop(engine, started), screen.ask);
  let watched: Watched;
  try {
    watched = await follow({ context, engine, environment: change, started, screen, leave: steering.leave });
  } finally {
    steering.close();
  }
  if (watched === 'ended') return report(options);
  return leave(options, watched, steering.wish());
}

async function screenOf(context: Context, url: string | null) {
  if (!context.io.interactive || context.flags.output === 'jsonl' || context.flags.verbosity < 0)
    return lineScreen(context);
  const { frameScreen } = await import('./frame.js');
  return frameScreen(context, url);
}

/** The run goes on without us; says so, and how to come back. */
function leave(options: RunOptions, watched: Watched, wish: 'detach' | 'interrupt' | undefined): number {
  const { context, change, started } = options;
  const again = `millwright status ${started.changeId} -w -e ${change.environment}`;
  const why = watched === 'silent' ? 'Nobody answers; the outcome is unknown' : 'The run goes on';
  context.io.err(
    `${why}. Come back: ${again}   End it: millwright stop ${started.changeId} -e ${change.environment}`,
  );
  if (watched === 'silent') return Exit.unreachable;
  if (watched === 'timeout') return Exit.waits;
  return wish === 'detach' ? Exit.asAsked : Exit.interrupted;
}

async function report(options: RunOptions): Promise<number> {
  const { context, stores } = options;
  const document = await runDocument(await facts(options), stores.record, temporalUrl(options));
  emitRun(context, document);
  return document.exit;
}

export const emitRun = (context: Context, document: RunDocument): void =>
  context.emit(document, () => renderRun(document, context.paint));

/** The run's own result; of one that was cancelled, what the record says. */
async function facts({ engine, stores, change, started }: RunOptions): Promise<RunFacts> {
  try {
    const handle = engine.client.workflow.getHandle(started.id, started.runId);
    return factsOfResult(change, (await handle.result()) as RolloutResult);
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const row = await stores.record.change(change, change.id);
    const outcomes = await stores.record.outcomes(change.id);
    if (row) return { ...factsOfRecord(row, outcomes), outcome: row.outcome ?? 'terminated' };
    return { change, run: null, outcome: 'terminated', endedAt: new Date().toISOString(), machines: [] };
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
