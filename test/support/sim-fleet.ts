import {
  type Action,
  type Around,
  type Change,
  documentDomains,
  type EnvironmentRef,
  type FailurePolicy,
  type Freeze,
  type Gate,
  type MachineBase,
  type MachineShape,
  type Plan,
  type PlannedMachine,
  type PlannedRung,
  preimage,
  type RollbackRung,
  type Strategy,
  sha256Hex,
  shapeDigest,
  type Target,
  type Window,
} from '../../src/model/index.js';
import { targetDigest } from '../../src/plan/documents.js';
import { findBundle } from '../../src/store/documents.js';
import type { Store } from '../../src/store/port.js';
import { type CompiledSim, compileSim, encodeSim, type SimStepSpec } from './sim-bundle.js';
import type { SimRecord } from './sim-record.js';

export interface SimGroup {
  readonly group: string;
  readonly count: number;
  readonly after?: readonly string[];
  readonly maxParallel?: number;
  readonly steps?: readonly (string | SimStepSpec)[];
  readonly verify?: readonly string[];
  /** Checks that never hold under this contract. */
  readonly wrong?: readonly string[];
  /** `stop` where nothing is said. */
  readonly onFailure?: FailurePolicy;
  /** Rungs that the group names; `restore` where nothing is said. */
  readonly rollback?: readonly RollbackRung[];
  readonly strategy?: Strategy;
  readonly around?: Around;
}

export interface SimFleet {
  readonly environment: EnvironmentRef;
  readonly groups: readonly SimGroup[];
  /** Changes every bundle id. */
  readonly version?: string;
  readonly removed?: readonly string[];
  /** Instead of what a comparison says. */
  readonly actions?: Readonly<Record<string, Action>>;
  readonly gates?: readonly Gate[];
  readonly windows?: readonly Window[];
  readonly freezes?: readonly Freeze[];
  readonly maxFailed?: number;
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
  const compiled: CompiledSim[] = [];
  const planned = (target: Target): PlannedMachine => {
    targets.push(target);
    const { ref, site, action, base, bundle } = target;
    const digest = targetDigest(target);
    return { machine: ref.machine, site, action, target: digest, baseBundle: base?.assigned ?? null, bundle };
  };
  const groups = await Promise.all(
    fleet.groups.map(async (group) => {
      const sim = bundleOf(group, fleet.version ?? '1');
      compiled.push(sim);
      const names = Array.from({ length: group.count }, (_, i) => `${group.group}-${i + 1}`);
      const mine = names.map((name) => targetOf(store, fleet, record, name, group, sim));
      return {
        group: group.group,
        after: group.after ?? [],
        maxParallel: group.maxParallel ?? 10,
        onFailure: group.onFailure ?? 'stop',
        ...(group.strategy === undefined ? {} : { strategy: group.strategy }),
        machines: (await Promise.all(mine)).map(planned),
      };
    }),
  );
  const removed: PlannedMachine[] = [];
  for (const name of fleet.removed ?? []) {
    const of = name.split('-')[0] ?? '';
    const around = fleet.groups.find(({ group }) => group === of)?.around;
    const group = { group: of, count: 0, steps: [], ...(around && { around }) };
    const target = await targetOf(store, fleet, record, name, group, bundleOf(group, '0'));
    removed.push(planned({ ...target, action: 'destroy' }));
  }
  const { fleet: name, fleetUid, environment } = fleet.environment;
  const { gates = [], windows, freezes, maxFailed } = fleet;
  const plan: Plan = {
    ...{ version: 1, fleet: name, fleetUid, environment, groups, removed, gates },
    ...(windows && { windows }),
    ...(freezes && { freezes }),
    ...(maxFailed !== undefined && { maxFailed }),
  };
  const digests = await storeAll(store, plan, targets, compiled);
  const change: Change = {
    ...{ id: changeId(), verb: 'up', fleet: name, fleetUid, environment, ...digests },
    intent: sha256Hex(JSON.stringify([fleet.groups, fleet.version])),
    revision: sha256Hex(fleet.version ?? '1'),
    ...{ startedBy: 'tester', startedAt: '2026-01-01T00:00:00Z', allowDestroy: false },
    ...more,
  };
  return { change, document: await store.put(preimage(documentDomains.change, change)) };
}

/** What the machines of a group get. */
export const bundleOf = (group: SimGroup, version: string): CompiledSim =>
  compileSim({
    ...{ group: group.group, version, verify: group.verify ?? [], wrong: group.wrong ?? [] },
    steps: group.steps ?? ['file:/a', 'file:/b'],
  });

async function targetOf(
  store: Store,
  fleet: SimFleet,
  record: SimRecord,
  machine: string,
  group: SimGroup,
  { bundle, outline }: CompiledSim,
): Promise<Target> {
  const ref = { ...fleet.environment, machine };
  const base = record.base(ref, group.group) ?? null;
  const compared = base === null ? 'create' : base.assigned === bundle.bundle ? 'nothing' : 'change';
  const action = fleet.actions?.[machine] ?? compared;
  const before = base?.assigned == null ? undefined : await findBundle(store, base.assigned);
  const old = new Set(before?.steps.map(({ hash }) => hash));
  const cannotUndo = bundle.steps.filter((one) => one.cannotUndo && !old.has(one.hash)).map(({ id }) => id);
  return {
    ref,
    ...{
      group: group.group,
      site: 'main',
      provider: 'sim',
      action,
      base,
      shape,
      shapeDigest: shapeDigest(shape),
    },
    ...{
      protect: false,
      labels: {},
      bundle: bundle.bundle,
      steps: bundle.steps.map(({ id }) => id),
      slots: [],
    },
    ...{ verify: outline.verify, cannotUndo },
    ...(group.around === undefined ? {} : { around: group.around }),
    rungs: (group.rollback ?? ['restore']).map((rung) => rungOf(rung, base, cannotUndo)),
  };
}

function rungOf(rung: RollbackRung, base: MachineBase | null, cannotUndo: readonly string[]): PlannedRung {
  if (base?.verified == null) return { rung, unreachable: 'nothing was verified before' };
  if (rung !== 'restore') return { rung, discards: 'all that was written since' };
  return cannotUndo.length === 0
    ? { rung }
    : { rung, unreachable: `${cannotUndo.join(', ')} cannot be undone` };
}

async function storeAll(
  store: Store,
  plan: Plan,
  targets: readonly Target[],
  compiled: readonly CompiledSim[],
) {
  for (const target of targets) await store.put(preimage(documentDomains.target, target));
  const bundles: Record<string, string> = {};
  for (const { bundle, texts } of compiled) {
    bundles[bundle.bundle] = await store.put(encodeSim(bundle));
    for (const text of texts) await store.put(text);
  }
  const artifacts = { bundles, runner: await store.put('runner') };
  return {
    plan: await store.put(preimage(documentDomains.plan, plan)),
    artifacts: await store.put(preimage(documentDomains.artifacts, artifacts)),
  };
}
