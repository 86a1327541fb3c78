import { ulid } from 'ulid';
import type { EnvironmentRef } from '../model/index.js';
import type { MachineRow } from '../record/port.js';
import { readPlan } from '../store/documents.js';
import { execStart } from '../workflows/start.js';
import type { ExecMachine, ExecReport } from '../workflows/types.js';
import { chooseRecorded } from './candidates.js';
import type { Context } from './context.js';
import { usageError } from './errors.js';
import { Exit, worst } from './exit.js';
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

/** One command on many machines through the sites' workers: its history is the record of who ran what where. */
export async function runOnMachines(
  context: Context,
  engine: Engine,
  stores: Stores,
  execution: Execution,
): Promise<number> {
  const { environment, target, except, argv, maxParallel } = execution;
  const chosen = await chooseRecorded(stores.record, environment, [target], except);
  const machines = await Promise.all(chosen.map((one) => execMachine(stores, environment, one.row)));
  const options = execStart({
    ...environment,
    ulid: ulid(),
    by: who(),
    argv,
    timeoutMs: context.flags.timeoutMs ?? DEFAULT_TIMEOUT_MS,
    maxParallel,
    machines,
  });
  const report = (await engine.client.workflow.execute('exec', options)) as ExecReport;
  return show(context, stores, report);
}

/** Instance and target document, as the machine's last change named them. */
export async function execMachine(
  { record, store }: Stores,
  environment: EnvironmentRef,
  row: MachineRow,
): Promise<ExecMachine> {
  const { machine } = row.ref;
  const change = await record.change(environment, row.lastChange);
  const plan = change && (await readPlan(store, change.change.plan));
  const planned =
    plan &&
    [...plan.groups.flatMap((group) => group.machines), ...plan.removed].find(
      (one) => one.machine === machine,
    );
  if (!row.instance || !planned) {
    throw usageError(
      `${machine} has no VM.`,
      `millwright up makes it; millwright status shows the rest.`,
      'MW-TARGET-GONE',
    );
  }
  return { machine, site: row.site, instance: row.instance.instance, target: planned.target };
}

interface Result {
  readonly machine: string;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly failure: ExecReport['machines'][number]['failure'] | null;
}

async function show(context: Context, stores: Stores, report: ExecReport): Promise<number> {
  const results = await Promise.all(report.machines.map((one) => result(stores, one)));
  results.sort((a, b) => a.machine.localeCompare(b.machine, 'en', { numeric: true }));
  if (context.flags.output === 'text') for (const one of results) showText(context, one, results.length > 1);
  else context.emit({ schema: 'millwright/exec/v1', machines: results }, () => '');
  return exitOf(results);
}

async function result({ store }: Stores, one: ExecReport['machines'][number]): Promise<Result> {
  const read = async (digest: string | undefined) =>
    digest ? Buffer.from(await store.get(digest)).toString('utf8') : '';
  return {
    machine: one.machine,
    code: one.code ?? null,
    stdout: await read(one.stdout),
    stderr: await read(one.stderr),
    failure: one.failure ?? null,
  };
}

/** One machine's output as it is; several machines' with their names before each line. */
function showText(context: Context, one: Result, named: boolean): void {
  const prefix = (text: string): string =>
    named
      ? text
          .replace(/\n$/, '')
          .split('\n')
          .map((line) => `${one.machine} │ ${line}`)
          .join('\n')
      : text;
  if (one.stdout !== '') context.io.out(prefix(one.stdout));
  if (one.stderr !== '') context.io.err(prefix(one.stderr));
  if (one.failure) context.io.err(`${one.machine}: ${one.failure.code} ${one.failure.message}`);
  else if (one.code !== 0) context.io.err(`${one.machine}: exit ${one.code ?? 'by a signal'}`);
}

const exitOf = (results: readonly Result[]): number =>
  worst(
    results.map((one) => {
      if (one.failure?.cause === 'unreachable' || one.failure?.cause === 'infrastructure')
        return Exit.unreachable;
      return one.code === 0 && !one.failure ? Exit.asAsked : Exit.failed;
    }),
  );
