import {
  type BundleId,
  CONTROL_QUEUE,
  type Digest,
  type EnvironmentRef,
  MillwrightError,
  siteQueue,
} from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import { readArtifacts, readPlan } from '../../store/documents.js';
import type { OperateMachine } from '../../workflows/operateTypes.js';
import { usageError } from '../errors.js';
import type { Stores } from '../stores.js';
import { type Engine, pollers } from '../temporal.js';

/** Instance, target document and runner of each machine, as its last change named them. */
export async function operateMachines(
  stores: Stores,
  environment: EnvironmentRef,
  rows: readonly MachineRow[],
): Promise<PlannedMachine[]> {
  const changes = [...new Set(rows.map((row) => row.lastChange))];
  const documents = new Map(
    await Promise.all(changes.map(async (id) => [id, await planned(stores, environment, id)] as const)),
  );
  return rows.map((row) => operateMachine(row, documents.get(row.lastChange)));
}

/** The same of one machine. */
export const operateMachineOf = async (
  stores: Stores,
  environment: EnvironmentRef,
  row: MachineRow,
): Promise<PlannedMachine> => operateMachine(row, await planned(stores, environment, row.lastChange));

/** `planned`: the bundle that its last change was to bring it to. */
export interface PlannedMachine extends OperateMachine {
  readonly planned: BundleId;
}

export function withoutPlan({ planned: _, ...machine }: PlannedMachine): OperateMachine {
  return machine;
}

interface Planned {
  /** By machine: its Target's digest, and its bundle. */
  readonly targets: ReadonlyMap<string, { readonly target: Digest; readonly bundle: BundleId }>;
  readonly runner: string;
}

async function planned(
  { record, store }: Stores,
  environment: EnvironmentRef,
  changeId: string,
): Promise<Planned | undefined> {
  const found = await record.change(environment, changeId);
  if (!found) return undefined;
  const plan = await readPlan(store, found.change.plan);
  const { runner } = await readArtifacts(store, found.change.artifacts);
  const all = [...plan.groups.flatMap((group) => group.machines), ...plan.removed];
  return { targets: new Map(all.map((one) => [one.machine, one])), runner };
}

function operateMachine({ ref, site, instance }: MachineRow, planned: Planned | undefined): PlannedMachine {
  const { machine } = ref;
  const found = planned?.targets.get(machine);
  if (instance !== null && planned !== undefined && found !== undefined) {
    const { target, bundle } = found;
    return { machine, site, instance: instance.instance, target, runner: planned.runner, planned: bundle };
  }
  throw usageError(
    `${ref.machine} has no VM.`,
    'millwright up makes it; millwright status shows the rest.',
    'MW-TARGET-GONE',
  );
}

/** Sites that somebody works for. Without a worker of control nothing can be asked at all (exit 7). */
export async function servedSites(engine: Engine, sites: readonly string[]): Promise<ReadonlySet<string>> {
  if ((await pollers(engine, CONTROL_QUEUE, 'workflow')) === 0) throw nobodyControls();
  const served = await Promise.all(
    sites.map(async (site) => ((await pollers(engine, siteQueue(site, 'vm'), 'activity')) > 0 ? [site] : [])),
  );
  return new Set(served.flat());
}

const nobodyControls = (): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-WORKER-NONE',
      cause: 'infrastructure',
      message: 'Nobody works for control, so nothing was asked of any machine.',
      remedy: 'Start one: millwright dev, or millwright worker --control',
    },
    true,
  );

export const nobodyWorksFor = (site: string, machine: string) =>
  ({
    code: 'MW-WORKER-NONE',
    cause: 'infrastructure',
    message: `nobody works for site ${site}: ${machine} was not asked`,
    remedy: `Start one: millwright worker --site ${site}`,
  }) as const;
