import type { EnvironmentRef } from '../model/index.js';
import type { Context } from './context.js';
import { requireRun } from './requireRun.js';
import { activeRuns } from './run/active.js';
import { factsOfRecord, factsOfSnapshot } from './run/facts.js';
import { activeRun, findRun } from './run/find.js';
import { runDocument } from './run/result.js';
import { emitRun, temporalUrl, watchRun } from './run/run.js';
import { glance } from './run/snapshot.js';
import type { Stores } from './stores.js';
import { connectEngine, type Engine, engineOrReason } from './temporal.js';

/** Watches the run that is meant to its end; undefined when it isn't active (any more). */
export async function watchActive(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string | undefined,
): Promise<number | undefined> {
  const engine = await connectEngine(context);
  try {
    const found = await meant(engine, stores, environment, wanted);
    if (found?.state !== 'active') return undefined;
    return await watchRun({ context, engine, stores, change: found.change, started: found.started });
  } finally {
    await engine.close();
  }
}

async function meant(
  engine: Engine,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string | undefined,
) {
  if (wanted !== undefined) return findRun(engine, stores, environment, wanted);
  const [active] = await activeRuns(engine, environment);
  return active && activeRun(stores, environment, active, active.memo.changeId);
}

/** What is known of a run: where it stands if it goes on and answers, else what the record says. */
export async function reportRun(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<number> {
  const engine = await engineOrReason(context);
  if (typeof engine === 'string') {
    context.say(`${engine} Shown is what the record knows.`);
    return reportRecorded(context, stores, environment, wanted);
  }
  try {
    const found = await findRun(engine, stores, environment, wanted);
    if (found.state === 'ended') return await reportRecorded(context, stores, environment, wanted);
    const seen = await glance(engine, environment, found.started);
    if (typeof seen === 'string') {
      context.say(`The run goes on and does not answer (${seen}). Shown is what the record knows.`);
      return await reportRecorded(context, stores, environment, wanted);
    }
    const url = temporalUrl({ context, engine, started: found.started });
    const document = await runDocument(factsOfSnapshot(found.change, seen), stores, url);
    emitRun(context, document);
    return document.exit;
  } finally {
    await engine.close();
  }
}

async function reportRecorded(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<number> {
  const row = await requireRun(stores.record, environment, wanted);
  const facts = factsOfRecord(row, await stores.record.outcomes(row.change.id));
  const document = await runDocument(facts, stores, null);
  emitRun(context, document);
  return document.exit;
}
