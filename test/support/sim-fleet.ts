import {
  type Change,
  documentDomains,
  type EnvironmentRef,
  type MachineBase,
  type MachineShape,
  type Plan,
  type PlannedMachine,
  preimage,
  sha256Hex,
  shapeDigest,
  type Target,
  type VerifyCheck,
} from '../../src/model/index.js';
import { targetDigest } from '../../src/plan/documents.js';
import type { Store } from '../../src/store/port.js';
import type { SimRecord } from './sim.js';
import type { SimBundle } from './sim-target.js';

export interface SimGroup {
  readonly group: string;
  readonly count: number;
  readonly after?: readonly string[];
  readonly maxParallel?: number;
  readonly steps?: readonly string[];
  readonly verify?: readonly string[];
}

export interface SimFleet {
  readonly environment: EnvironmentRef;
  readonly groups: readonly SimGroup[];
  /** Changes every bundle id. */
  readonly version?: string;
  readonly removed?: readonly string[];
}

const shape: MachineShape = {
  ...{ cpus: 1, memoryMiB: 128, diskMiB: 512, disks: [], nics: [], publish: [] },
  image: { name: 'micro', kind: 'micro' },
};

let ordinal = 0;
/** ULID-shaped and rising. */
const changeId = () => `01SIM${String(++ordinal).padStart(21, '0')}`;

/** Compiles a simulated fleet against what the record says, as `up` would; gives back the change and its digest. */
export async function planChange(
  store: Store,
  record: SimRecord,
  fleet: SimFleet,
  more: Partial<Change> = {},
): Promise<{ readonly change: Change; readonly document: string }> {
  const targets: Target[] = [];
  const tars: [string, Uint8Array][] = [];
  const planned = (target: Target): PlannedMachine => {
    targets.push(target);
    const { ref, site, action, base, bundle } = target;
    return {
      machine: ref.machine,
      site,
      action,
      target: targetDigest(target),
      baseBundle: base?.assigned ?? null,
      bundle,
    };
  };
  const groups = fleet.groups.map((group) => {
    const bundle = bundleOf(group, fleet.version ?? '1');
    tars.push([bundle.bundle, Buffer.from(JSON.stringify(bundle))]);
    const names = Array.from({ length: group.count }, (_, i) => `${group.group}-${i + 1}`);
    return {
      group: group.group,
      after: group.after ?? [],
      maxParallel: group.maxParallel ?? 10,
      machines: names.map((name) => planned(targetOf(fleet, record, name, group.group, bundle))),
    };
  });
  const empty: SimBundle = { bundle: sha256Hex('empty'), steps: [], verify: [] };
  const removed = (fleet.removed ?? []).map((name) =>
    planned({ ...targetOf(fleet, record, name, name.split('-')[0] ?? '', empty), action: 'destroy' }),
  );
  const { fleet: name, fleetUid, environment } = fleet.environment;
  const plan: Plan = { version: 1, fleet: name, fleetUid, environment, groups, removed, gates: [] };
  const digests = await storeAll(store, plan, targets, tars);
  const change: Change = {
    ...{ id: changeId(), verb: 'up', fleet: name, fleetUid, environment, ...digests },
    intent: sha256Hex(JSON.stringify([fleet.groups, fleet.version])),
    revision: sha256Hex(fleet.version ?? '1'),
    ...{ startedBy: 'tester', startedAt: '2026-01-01T00:00:00Z', allowDestroy: false },
    ...more,
  };
  return { change, document: await store.put(preimage(documentDomains.change, change)) };
}

function bundleOf(
  { group, steps = ['file:/a', 'file:/b'], verify = [] }: SimGroup,
  version: string,
): SimBundle {
  return { bundle: sha256Hex(JSON.stringify([group, steps, verify, version])), steps, verify };
}

function targetOf(
  fleet: SimFleet,
  record: SimRecord,
  machine: string,
  group: string,
  bundle: SimBundle,
): Target {
  const base = baseOf(record, machine, group);
  const action = base === null ? 'create' : base.assigned === bundle.bundle ? 'nothing' : 'change';
  return {
    ref: { ...fleet.environment, machine },
    ...{ group, site: 'main', provider: 'sim', action, base, shape, shapeDigest: shapeDigest(shape) },
    ...{ protect: false, labels: {}, bundle: bundle.bundle, steps: bundle.steps, slots: [] },
    verify: bundle.verify.map(checkOf),
  };
}

const checkOf = (id: string): VerifyCheck => ({
  ...{ id, type: 'command', from: 'inside', withinMs: 100, run: id, env: {} },
});

function baseOf(record: SimRecord, machine: string, group: string): MachineBase | null {
  const mine = record.entries.filter((one) => one.ref.machine === machine);
  const instance = mine.findLast((one) => one.instance !== undefined)?.instance;
  if (instance == null) return null;
  const assigned = mine.findLast((one) => one.assigned !== undefined)?.assigned ?? null;
  const verified = mine.findLast((one) => one.verified !== undefined)?.verified ?? null;
  return {
    instance: instance.instance,
    assigned,
    verified,
    shape: instance.shape,
    site: 'main',
    group,
    protect: false,
  };
}

async function storeAll(
  store: Store,
  plan: Plan,
  targets: readonly Target[],
  tars: readonly (readonly [string, Uint8Array])[],
) {
  for (const target of targets) await store.put(preimage(documentDomains.target, target));
  const bundles = Object.fromEntries(
    await Promise.all(tars.map(async ([id, tar]) => [id, await store.put(tar)])),
  );
  const artifacts = { bundles, runner: await store.put('runner') };
  return {
    plan: await store.put(preimage(documentDomains.plan, plan)),
    artifacts: await store.put(preimage(documentDomains.artifacts, artifacts)),
  };
}
