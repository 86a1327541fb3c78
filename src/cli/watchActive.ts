import type { EnvironmentRef } from '../model/index.js';
import type { Context } from './context.js';
import { requireRun } from './requireRun.js';
import { activeRuns } from './run/active.js';
import { readPlanned } from './run/planned.js';
import { factsOfRecord, runDocument } from './run/result.js';
import { emitRun, watchRun } from './run/run.js';
import type { Stores } from './stores.js';
import { connectEngine } from './temporal.js';

/** Watches the run that is meant to its end; undefined when it isn't active (any more). */
export async function watchActive(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string | undefined,
): Promise<number | undefined> {
  const engine = await connectEngine(context);
  try {
    const active = await activeRuns(engine, environment);
    const id =
      wanted === undefined || isUlid(wanted)
        ? wanted
        : (await requireRun(stores.record, environment, wanted)).change.id;
    const found = active.find((one) => id === undefined || one.memo.changeId === id);
    if (!found) return undefined;
    const change = await readPlanned(stores, environment, found.memo);
    const started = { id: found.id, runId: found.runId, changeId: found.memo.changeId, attached: true };
    return await watchRun({ context, engine, stores, change, started });
  } finally {
    await engine.close();
  }
}

const isUlid = (text: string): boolean => /^[0-9A-Z]{26}$/.test(text);

/** What the record knows of a run, ended or not. */
export async function reportRun(
  context: Context,
  { record }: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<number> {
  const row = await requireRun(record, environment, wanted);
  const document = await runDocument(factsOfRecord(row, await record.outcomes(row.change.id)), record, null);
  emitRun(context, document);
  return document.exit;
}
