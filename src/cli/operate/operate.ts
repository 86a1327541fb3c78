import { ulid } from 'ulid';
import type { Operation } from '../../activities/types.js';
import type { EnvironmentRef } from '../../model/index.js';
import { operateStart } from '../../workflows/operateStart.js';
import type {
  Operated,
  OperateMachine,
  OperateProgress,
  OperateReport,
} from '../../workflows/operateTypes.js';
import { chooseRecorded, type RecordedMachine } from '../candidates.js';
import type { Context } from '../context.js';
import { usageError } from '../errors.js';
import { identify } from '../identity.js';
import { type Stores, withStores } from '../stores.js';
import { connectEngine, type Engine } from '../temporal.js';
import { who } from '../who.js';
import { refuseExisting } from './existing.js';
import { nobodyWorksFor, operateMachines, servedSites, withoutPlan } from './machines.js';
import { slicesOf } from './slices.js';
import { resultOf } from './wait.js';

/** What every verb on machines is given. */
export interface Selection {
  readonly targets: readonly string[];
  readonly except: readonly string[];
  readonly maxParallel: number;
}

export interface Desk {
  readonly context: Context;
  readonly engine: Engine;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
}

/** Opens what an operation needs: the environment, Temporal, record and store. */
export async function atDesk<T>(context: Context, use: (desk: Desk) => Promise<T>): Promise<T> {
  const environment = await identify(context);
  const engine = await connectEngine(context);
  try {
    return await withStores(context, (stores) => use({ context, engine, stores, environment }));
  } finally {
    await engine.close();
  }
}

/** Machines that the selection names; one without a VM is a mistake. */
export async function choose(
  { context, stores, environment }: Desk,
  selection: Selection,
): Promise<RecordedMachine[]> {
  const chosen = await chooseRecorded(stores.record, environment, selection.targets, selection.except);
  const without = chosen.filter((one) => one.row.instance === null).map((one) => one.machine);
  if (chosen.length === 0) context.say(`${selection.targets.join(' ')}: no machine, so nothing to do.`);
  if (without.length === 0) return chosen;
  throw usageError(
    `${without.join(', ')} ${without.length === 1 ? 'has' : 'have'} no VM. Nothing was done.`,
    'millwright up makes it; millwright status shows the rest.',
    'MW-TARGET-GONE',
  );
}

export interface Outcome {
  /** Their histories are the record of it; none: nobody could be asked. */
  readonly workflows: readonly string[];
  /** In the order of the machines that were chosen. */
  readonly machines: readonly Operated[];
}

/** Does one thing on each machine, through the workers of their sites; machines of sites without one are named. */
export async function operate(
  desk: Desk,
  chosen: readonly RecordedMachine[],
  operation: Operation,
  maxParallel = 10,
): Promise<Outcome> {
  refuseExisting(chosen, operation);
  const all = await operateMachines(
    desk.stores,
    desk.environment,
    chosen.map((one) => one.row),
  );
  const served = await servedSites(desk.engine, [...new Set(all.map((one) => one.site))]);
  const asked = all.filter((one) => served.has(one.site)).map(withoutPlan);
  const outcomes: Outcome[] = [];
  for (const slice of slicesOf(asked)) outcomes.push(await start(desk, slice, operation, maxParallel));
  const byName = new Map(outcomes.flatMap((one) => one.machines).map((one) => [one.machine, one]));
  const machines = all.map(
    (one) =>
      byName.get(one.machine) ?? { machine: one.machine, failure: nobodyWorksFor(one.site, one.machine) },
  );
  return { workflows: outcomes.flatMap((one) => one.workflows), machines };
}

async function start(
  { context, engine, environment }: Desk,
  machines: readonly OperateMachine[],
  operation: Operation,
  maxParallel: number,
): Promise<Outcome> {
  const input = { ...environment, ulid: ulid(), by: who(), operation, maxParallel, machines };
  const handle = await engine.client.workflow.start('operate', operateStart(input));
  let told = 0;
  const narrate = async (): Promise<void> => {
    const { done, total } = await handle.query<OperateProgress>('progress');
    if (total > 1 && done.length > told && done.length < total)
      context.say(`${done.length} of ${total} machines done`);
    told = done.length;
  };
  const report = await resultOf<OperateReport>(context, handle, narrate);
  return { workflows: [handle.workflowId], machines: report.machines };
}
