import { type Base, digestOf, type EnvironmentRef } from '../model/index.js';
import { compileDestroy } from '../plan/index.js';
import { count, machineList } from '../report/index.js';
import { chooseRecorded } from './candidates.js';
import type { Context } from './context.js';
import { refused, usageError } from './errors.js';
import { Exit } from './exit.js';
import { commitOf } from './git.js';
import { identify } from './identity.js';
import { shapesOf, storeCompiled } from './prepare.js';
import type { Following } from './steering.js';
import type { Stores } from './stores.js';
import { submit } from './submit.js';
import type { Engine } from './temporal.js';

export interface DestroyOptions extends Following {
  readonly targets: readonly string[];
  readonly except: readonly string[];
}

/** Removes machines that the record knows: named after a question, never protected ones. */
export async function destroyMachines(
  context: Context,
  engine: Engine,
  stores: Stores,
  { targets, except, ...following }: DestroyOptions,
): Promise<number> {
  const environment = await identify(context);
  const base = await stores.record.base(environment);
  const machines = await chosen(stores, environment, base, { targets, except });
  if (machines.length === 0) {
    context.say(`${environment.fleet}/${environment.environment} has no machine to destroy.`);
    return Exit.asAsked;
  }
  refuseProtected(base, machines);
  await agree(context, environment, machines, await keptDisks(stores, environment, machines));
  const shapes = await shapesOf(stores.store, base);
  const order = [...new Set(Object.values(base).map((one) => one.group))];
  const compiled = compileDestroy({ environment, base, providers: {}, order, shapes }, machines);
  return submit(context, engine, stores, {
    verb: 'destroy',
    environment,
    compiled,
    stored: await storeCompiled(stores.store, compiled),
    revision: digestOf('millwright.destroy.v1', machines),
    commit: await commitOf(process.cwd()),
    allowDestroy: true,
    ...following,
  });
}

async function chosen(
  { record }: Stores,
  environment: EnvironmentRef,
  base: Base,
  { targets, except }: Pick<DestroyOptions, 'targets' | 'except'>,
): Promise<string[]> {
  const found = await chooseRecorded(record, environment, targets, except);
  return found.map((one) => one.machine).filter((machine) => base[machine] !== undefined);
}

/** Nothing at all is removed while one of the named machines is protected. */
function refuseProtected(base: Base, machines: readonly string[]): void {
  const protected_ = machines.filter((machine) => base[machine]?.protect);
  if (protected_.length === 0) return;
  const others = machines.length > protected_.length;
  throw refused(
    'MW-PROTECT',
    `${machineList(protected_)} ${protected_.length === 1 ? 'is' : 'are'} protected. Nothing was destroyed.`,
    `${others ? `Leave out: ${protected_.map((one) => `--except ${one}`).join(' ')}. ` : ''}To lift it, set protect: false and run millwright up first.`,
  );
}

/** `disk data of db-1`: what outlives its machine. */
async function keptDisks(
  { record }: Stores,
  environment: EnvironmentRef,
  machines: readonly string[],
): Promise<string[]> {
  const rows = await record.machines(environment);
  return rows
    .filter((row) => machines.includes(row.ref.machine))
    .flatMap((row) => (row.instance?.keptDisks ?? []).map((disk) => `disk ${disk} of ${row.ref.machine}`));
}

/** The environment's name typed in full, or --yes. */
async function agree(
  context: Context,
  { fleet, environment }: EnvironmentRef,
  machines: readonly string[],
  kept: readonly string[],
): Promise<void> {
  context.say(
    `To be destroyed in ${fleet}/${environment}: ${machineList(machines)} (${count(machines.length, 'machine')}).${kept.length > 0 ? ` Kept: ${kept.join(', ')}.` : ''}`,
  );
  if (context.flags.yes) return;
  const typed = await context.ask(`Type the environment's name (${environment}) to go on: `, '--yes');
  if (typed.trim() !== environment)
    throw usageError(`"${typed.trim()}" is not ${environment}. Nothing was destroyed.`);
}
