import { loadFleet } from '../../manifest/index.js';
import type { BundleId } from '../../model/index.js';
import { readArtifacts } from '../../store/documents.js';
import type { CheckMachine } from '../../workflows/lookTypes.js';
import { chooseRecorded } from '../candidates.js';
import { choose, type Desk, type Selection } from '../operate/operate.js';
import { prepare, storeCompiled } from '../prepare.js';
import { type Candidate, selectTargets } from '../targets.js';
import { checkMachines } from './machines.js';

/** A machine to be compared; `assigned` null: with what it would be admitted to first. */
export type Asked = CheckMachine & { readonly assigned: BundleId | null };

/** Machines that the selection names: recorded ones, and declared ones that exist already but were never worked on. */
export async function chooseForCheck(desk: Desk, selection: Selection): Promise<Asked[]> {
  const { stores, environment } = desk;
  const strangers = await neverWorkedOn(desk);
  if (strangers.length === 0) return recorded(desk, selection);
  const all = await chooseRecorded(stores.record, environment, []);
  const chosen = selectTargets(selection.targets, selection.except, [...all, ...strangers]);
  const names = new Set(chosen.map((one) => one.machine));
  const rows = all.filter((one) => names.has(one.machine)).map((one) => one.row);
  const first = strangers.filter((one) => names.has(one.machine)).map((one) => one.asked);
  return [...(await checkMachines(stores, environment, rows)), ...first];
}

async function recorded(desk: Desk, selection: Selection): Promise<Asked[]> {
  const chosen = await choose(desk, selection);
  return checkMachines(
    desk.stores,
    desk.environment,
    chosen.map((one) => one.row),
  );
}

type Stranger = Candidate & { readonly asked: Asked };

/** None where the files can't be read or name no site of existing machines: then the record alone is asked. */
async function neverWorkedOn({ context, stores }: Desk): Promise<Stranger[]> {
  const loaded = await loadFleet({ dir: process.cwd(), environment: context.flags.environment });
  if (!loaded.ok || !Object.values(loaded.fleet.manifest.sites).some((site) => site.provider === 'static'))
    return [];
  const prepared = await prepare(context, stores, { fleet: loaded.fleet });
  const { targets, plan } = prepared.compiled;
  const strangers = targets.filter(
    ({ base, action }) => base === null && action !== 'create' && action !== 'destroy',
  );
  if (strangers.length === 0) return [];
  const stored = await storeCompiled(stores.store, prepared.compiled, prepared.bytes);
  const { runner, bundles } = await readArtifacts(stores.store, stored.artifacts);
  const planned = new Map(plan.groups.flatMap((group) => group.machines).map((one) => [one.machine, one]));
  return strangers.map(({ ref: { machine }, group, labels, site, bundle }) => ({
    ...{ machine, group, labels, outcome: null, debts: [] },
    asked: {
      ...{ machine, site, runner, assigned: null },
      target: planned.get(machine)?.target ?? '',
      bundleBytes: bundles[bundle] ?? '',
    },
  }));
}
