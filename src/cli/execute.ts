import { ulid } from 'ulid';
import type { EnvironmentRef } from '../model/index.js';
import type { ExecMachine, ExecProgress, ExecReport } from '../workflows/lookTypes.js';
import { execStart } from '../workflows/start.js';
import { chooseRecorded } from './candidates.js';
import type { Context } from './context.js';
import { ExecTeller } from './execTeller.js';
import { operateMachines } from './operate/machines.js';
import { slicesOf } from './operate/slices.js';
import { resultOf } from './operate/wait.js';
import type { Stores } from './stores.js';
import type { Engine } from './temporal.js';
import { who } from './who.js';

const DEFAULT_TIMEOUT_MS = 10 * 60_000;

export interface Execution {
  readonly environment: EnvironmentRef;
  readonly target: string;
  readonly except: readonly string[];
  readonly argv: readonly string[];
  readonly maxParallel: number;
}

/** One command on many machines through the sites' workers: their histories are the record of who ran what where. */
export async function runOnMachines(
  context: Context,
  engine: Engine,
  stores: Stores,
  execution: Execution,
): Promise<number> {
  const { environment, target, except } = execution;
  const chosen = await chooseRecorded(stores.record, environment, [target], except);
  const rows = chosen.map((one) => one.row);
  const machines = (await operateMachines(stores, environment, rows)).map(execMachineOf);
  const teller = new ExecTeller(context, stores, machines.length > 1);
  for (const slice of slicesOf(machines)) await execute({ context, engine, execution, teller }, slice);
  return teller.end();
}

const execMachineOf = ({ machine, site, instance, target }: ExecMachine): ExecMachine => ({
  ...{ machine, site, instance, target },
});

interface Executing {
  readonly context: Context;
  readonly engine: Engine;
  readonly execution: Execution;
  readonly teller: ExecTeller;
}

/** What a machine said is told as soon as it is done. */
async function execute(
  { context, engine, execution, teller }: Executing,
  machines: readonly ExecMachine[],
): Promise<void> {
  const { environment, argv, maxParallel } = execution;
  const timeoutMs = context.flags.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const options = execStart({
    ...environment,
    ...{ ulid: ulid(), by: who(), argv, timeoutMs, maxParallel, machines },
  });
  const handle = await engine.client.workflow.start('exec', options);
  // --timeout is the command's here, not ours.
  const patient = { ...context, flags: { ...context.flags, timeoutMs: undefined } };
  const report = await resultOf<ExecReport>(patient, handle, async () =>
    teller.tell((await handle.query<ExecProgress>('progress')).done),
  );
  await teller.tell(report.machines);
}
