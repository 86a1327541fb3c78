import type { Change, EnvironmentRef } from '../../model/index.js';
import type { ChangeRow } from '../../record/port.js';
import { requireRun } from '../requireRun.js';
import type { Stores } from '../stores.js';
import type { Engine } from '../temporal.js';
import { type ActiveRun, activeRuns } from './active.js';
import { readPlanned } from './planned.js';
import type { Started } from './start.js';

/** A run that was named: the one that goes on under its workflow, or what the record says of one that has ended. */
export type FoundRun =
  | { readonly state: 'active'; readonly change: Change; readonly started: Started; readonly run: string }
  | { readonly state: 'ended'; readonly row: ChangeRow };

/** The run of that number or ULID; throws MW-RUN-NOTFOUND. */
export async function findRun(
  engine: Engine,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<FoundRun> {
  const active = await activeRuns(engine, environment);
  const known = active.find((one) => one.memo.changeId === wanted);
  if (known) return activeRun(stores, environment, known, wanted);
  const row = await requireRun(stores.record, environment, wanted);
  const found = active.find((one) => one.memo.changeId === row.change.id);
  return found ? activeRun(stores, environment, found, wanted) : { state: 'ended', row };
}

export async function activeRun(
  stores: Stores,
  environment: EnvironmentRef,
  { id, runId, memo }: ActiveRun,
  run: string,
): Promise<Extract<FoundRun, { state: 'active' }>> {
  const change = await readPlanned(stores, environment, memo);
  return { state: 'active', change, run, started: { id, runId, changeId: memo.changeId, attached: true } };
}
