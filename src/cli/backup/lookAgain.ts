import { ulid } from 'ulid';
import { runnerScript } from '../../bundle/index.js';
import {
  type Artifacts,
  type Change,
  documentDomains,
  type EnvironmentRef,
  type FailureInfo,
  type InstanceInfo,
  MillwrightError,
  type Plan,
  type PlannedMachine,
  preimage,
  type Target,
} from '../../model/index.js';
import { readTarget } from '../../store/documents.js';
import type { Store } from '../../store/port.js';
import type { LookedMachine, LookReport } from '../../workflows/lookTypes.js';
import { inventoryStart } from '../../workflows/operateStart.js';
import type { InventoryReport } from '../../workflows/operateTypes.js';
import { lookStart } from '../../workflows/start.js';
import type { Context } from '../context.js';
import { readLooks } from '../look.js';
import { resultOf } from '../operate/wait.js';
import { plannedMachines, planOf } from '../run/wayBack.js';
import type { Engine } from '../temporal.js';
import { who } from '../who.js';
import { machineKey, type StateMachine } from './state.js';

export interface Lookout {
  readonly context: Context;
  readonly engine: Engine;
  readonly store: Store;
}

type Looks = Map<string, LookedMachine>;

/** Asks every machine of one environment what it was admitted to and what was verified on it; changes nothing. */
export async function lookAgain(
  lookout: Lookout,
  environment: EnvironmentRef,
  machines: readonly StateMachine[],
  changes: readonly Change[],
): Promise<Looks> {
  const { context, engine, store } = lookout;
  const { targets, looks } = await targetsOf(lookout, machines, changes);
  if (targets.length === 0) return looks;
  const { plan, artifacts } = await storeLook(store, environment, targets);
  const id = ulid();
  const options = lookStart({
    context: { ...environment, changeId: id, revision: plan, startedBy: who() },
    ...{ ulid: id, plan, artifacts, depth: 'status', maxParallel: 20 },
  });
  const handle = await engine.client.workflow.start('look', options);
  const report = await resultOf<LookReport>(context, handle);
  for (const digest of report.results)
    for (const one of await readLooks(store, digest)) looks.set(machineKey({ environment, ...one }), one);
  return looks;
}

/** Machines as their last change named them, but based on what the backup says is there now. */
async function targetsOf(
  { store }: Lookout,
  machines: readonly StateMachine[],
  changes: readonly Change[],
): Promise<{ targets: readonly Target[]; looks: Looks }> {
  const plans = new Map<string, Plan | undefined>();
  const targets: Target[] = [];
  const looks: Looks = new Map();
  for (const one of machines) {
    const change = changes.find(({ id }) => id === one.lastChange);
    if (change && !plans.has(change.id)) plans.set(change.id, await planOf({ store }, change));
    const plan = change && plans.get(change.id);
    const planned = plan && plannedMachines(plan).find(({ machine }) => machine === one.machine);
    if (planned && one.instance && (await store.has(planned.target)))
      targets.push(basedOn(await readTarget(store, planned.target), one, one.instance));
    else looks.set(machineKey(one), { machine: one.machine, failure: unplanned(one) });
  }
  return { targets, looks };
}

const basedOn = (target: Target, one: StateMachine, { instance, shape, protect }: InstanceInfo): Target => ({
  ...target,
  ...{ group: one.group, site: one.site },
  base: {
    ...{ instance, shape, protect, group: one.group, site: one.site },
    ...{ assigned: one.assigned, verified: one.verified },
  },
});

/** A look goes by a plan. This one permits nothing, and names no bytes but the runner's. */
async function storeLook(
  store: Store,
  { fleet, fleetUid, environment }: EnvironmentRef,
  targets: readonly Target[],
): Promise<{ plan: string; artifacts: string }> {
  const runner = await store.put(runnerScript().bytes);
  const groups = new Map<string, PlannedMachine[]>();
  for (const target of targets) {
    const planned: PlannedMachine = {
      ...{ machine: target.ref.machine, site: target.site, action: 'nothing' },
      target: await store.put(preimage(documentDomains.target, target)),
      ...{ baseBundle: target.base?.assigned ?? null, bundle: target.bundle },
    };
    groups.set(target.group, [...(groups.get(target.group) ?? []), planned]);
  }
  const plan: Plan = {
    ...{ version: 1, fleet, fleetUid, environment, removed: [], gates: [] },
    groups: [...groups].map(([group, machines]) => ({
      ...{ group, after: [], maxParallel: 20, onFailure: 'stop', machines },
    })),
  };
  const artifacts = preimage(documentDomains.artifacts, { bundles: {}, runner } satisfies Artifacts);
  return {
    plan: await store.put(preimage(documentDomains.plan, plan)),
    artifacts: await store.put(artifacts),
  };
}

/** VMs of an environment that are at a site. */
export async function instancesAt(
  { context, engine }: Lookout,
  environment: EnvironmentRef,
  site: string,
): Promise<readonly InstanceInfo[]> {
  const options = inventoryStart({ ...environment, ulid: ulid(), by: who(), site });
  const handle = await engine.client.workflow.start('inventory', options);
  const { instances } = await resultOf<InventoryReport>(context, handle);
  const ours = `${environment.fleetUid}/${environment.environment}/`;
  return instances.filter((one) => one.machineId.startsWith(ours));
}

const unplanned = ({ machine }: StateMachine): FailureInfo =>
  new MillwrightError(
    {
      code: 'MW-STORE-MISSING',
      cause: 'infrastructure',
      message: `the plan that ${machine} was last changed by is not in the backup, so it could not be asked`,
      remedy: 'millwright plan looks at it again',
    },
    false,
  ).info;
