import { groupOf, loadFleet } from '../../manifest/index.js';
import { workflowId } from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import { count, machineList } from '../../report/index.js';
import { forgetStart } from '../../workflows/operateStart.js';
import { chooseRecorded } from '../candidates.js';
import { usageError } from '../errors.js';
import { Exit } from '../exit.js';
import { who } from '../who.js';
import { refuseBesideRun, startAlone } from './busy.js';
import { operateMachines, type PlannedMachine, servedSites, withoutPlan } from './machines.js';
import type { Desk } from './operate.js';
import { resultOf } from './wait.js';

export interface ForgetDocument {
  readonly schema: 'millwright/forget/v1';
  readonly fleet: string;
  readonly environment: string;
  readonly machines: readonly {
    readonly machine: string;
    readonly site: string;
    /** Instance that goes on as it is; null: there was none. */
    readonly instance: string | null;
    readonly declared: boolean;
    /** Everything of Millwright's was removed from it. */
    readonly purged: boolean;
  }[];
}

/** Gives machines up: they stay as they are, and nobody manages them from now on. */
export async function forgetMachines(
  desk: Desk,
  targets: readonly string[],
  except: readonly string[],
  purge = false,
): Promise<number> {
  const { context, engine, stores, environment } = desk;
  const chosen = await chooseRecorded(stores.record, environment, targets, except);
  const rows = chosen.map((one) => one.row);
  await refuseBesideRun(engine, environment, 'Nothing was forgotten.');
  const declared = await declaredOf(rows, context.flags.environment);
  warn(desk, declared);
  await agree(desk, rows);
  await servedSites(engine, []);
  const known = purge ? await operateMachines(stores, environment, rows.filter(hasVm)) : [];
  for (const row of rows)
    await forgetOne(
      desk,
      row,
      known.find((one) => one.machine === row.ref.machine),
    );
  const document: ForgetDocument = {
    schema: 'millwright/forget/v1',
    fleet: environment.fleet,
    environment: environment.environment,
    machines: rows.map(({ ref, site, instance }) => ({
      machine: ref.machine,
      site,
      instance: instance?.instance ?? null,
      declared: declared.includes(ref.machine),
      purged: known.some((one) => one.machine === ref.machine),
    })),
  };
  context.emit(document, () => textOf(document));
  return Exit.asAsked;
}

/** Names of those that the manifest declares; none where it can't be read. */
async function declaredOf(rows: readonly MachineRow[], environment: string | undefined): Promise<string[]> {
  const result = await loadFleet({ dir: process.cwd(), environment });
  if (!result.ok) return [];
  const { fleet } = result;
  const isDeclared = ({ group, ref }: MachineRow): boolean => groupOf(fleet, ref.machine) === group;
  return rows.filter(isDeclared).map((row) => row.ref.machine);
}

function warn({ context }: Desk, declared: readonly string[]): void {
  if (declared.length === 0) return;
  const one = declared.length === 1;
  context.say(
    `warning: ${machineList(declared)} ${one ? 'is' : 'are'} still declared. Until you take ${one ? 'it' : 'them'} out of the manifest, the next millwright up manages ${one ? 'it' : 'them'} again where machines exist already, and elsewhere is refused as long as the VM is there; millwright adopt takes ${one ? 'it' : 'one'} back.`,
  );
}

const hasVm = ({ instance }: MachineRow): boolean => instance !== null;

/** One machine is easily adopted again; a whole group may have been a slip. */
async function agree({ context }: Desk, rows: readonly MachineRow[]): Promise<void> {
  if (rows.length < 2) return;
  const names = machineList(rows.map((row) => row.ref.machine));
  if (await context.confirm(`Stop managing ${count(rows.length, 'machine')} (${names})?`)) return;
  throw usageError('Nothing was forgotten.');
}

async function forgetOne(
  { context, engine }: Desk,
  { ref }: MachineRow,
  known: PlannedMachine | undefined,
): Promise<void> {
  const purge = known && withoutPlan(known);
  const options = forgetStart({ ref, by: who(), purge });
  const handle = await startAlone(engine, ref.machine, workflowId.machine(ref), () =>
    engine.client.workflow.start('forget', { ...options, workflowIdConflictPolicy: 'FAIL' }),
  );
  await resultOf<void>(context, handle);
}

const textOf = ({ machines }: ForgetDocument): string =>
  machines
    .map(({ machine, instance, site, purged }) => {
      if (instance === null) return `${machine} is forgotten; it had no VM.`;
      const left = purged ? ', without anything of Millwright on it' : '';
      return `${machine} is forgotten. ${instance} at ${site} stays as it is${left}.`;
    })
    .join('\n');
