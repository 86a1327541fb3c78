import type { LoadedFleet, Manifest, ManifestGroup, Problem } from '../manifest/types.js';
import {
  type Base,
  type Bundle,
  type BundleId,
  type BundleOutline,
  type Digest,
  type EnvironmentRef,
  type MachineShape,
  shapeDigest,
  type Target,
} from '../model/index.js';
import { decide } from './action.js';
import { isIP } from './address.js';
import { assemble, type Compiled, type TargetGroup } from './assemble.js';
import { Renderer } from './expression.js';
import { policyOf } from './gates.js';
import { GroupCompiler, type Workshop } from './group.js';
import { type DeclaredMachine, expandMachines } from './machines.js';
import { orderGroups, withoutEmpty } from './order.js';
import { Problems } from './problems.js';
import { emptyBundle, type LastSurroundings, removalReason, removedTargets } from './removed.js';
import { createScope } from './scope.js';
import { shapeOf } from './shape.js';
import { aroundOf, inOrder, sitesOf, strategyOf } from './strategy.js';
import { waysBack } from './waysBack.js';
import { wayTo } from './wayTo.js';

export interface CompileOptions {
  /** Shapes that base machines were made with, by digest; without its own, a machine whose shape differs is replaced. */
  readonly shapes?: Readonly<Record<Digest, MachineShape>>;
  /** What `verifiedBundles` names, as far as it is known; where it isn't, no step counts as applied before. */
  readonly outlines?: ReadonlyMap<BundleId, BundleOutline>;
  /** Existing machines to make anew, whatever else they would need. */
  readonly replace?: ReadonlySet<string>;
  /** How machines were to be taken out of use when they were last planned, by name: those whose group is gone. */
  readonly last?: Readonly<Record<string, LastSurroundings>>;
  /** All other machines are left out of the plan. */
  readonly only?: ReadonlySet<string>;
}

export type CompileResult = Compiled | { readonly ok: false; readonly problems: readonly Problem[] };

/** What `up` would do: pure, the same inputs give the same digests, and every mistake is found in one pass. */
export function compile(fleet: LoadedFleet, base: Base, options: CompileOptions = {}): CompileResult {
  const problems = new Problems(fleet);
  const machines = expandMachines(fleet.manifest);
  const order = orderGroups(fleet.manifest.groups);
  const bundles = compileBundles(fleet, machines, problems);
  const found = problems.list();
  if (found.length > 0) return { ok: false, problems: found };
  return assemblePlan({ fleet, base, options, order, machines, bundles });
}

type Bundles = ReadonlyMap<DeclaredMachine, Bundle>;

function compileBundles(
  fleet: LoadedFleet,
  machines: readonly DeclaredMachine[],
  problems: Problems,
): Bundles {
  const shop: Workshop = {
    ...{ fleet, problems, scope: createScope(fleet.manifest, machines), renderer: new Renderer() },
    hosts: machines.flatMap(({ name, address }) =>
      address === undefined || !isIP(address) ? [] : [{ address, names: [name] }],
    ),
  };
  const groups = new Map(
    Object.keys(fleet.manifest.groups).map((name) => [name, new GroupCompiler(shop, name)]),
  );
  const bundles = new Map<DeclaredMachine, Bundle>();
  for (const machine of machines) {
    const bundle = groups.get(machine.group)?.bundle(machine);
    if (bundle) bundles.set(machine, bundle);
  }
  return bundles;
}

interface Draft {
  readonly fleet: LoadedFleet;
  readonly base: Base;
  readonly options: CompileOptions;
  readonly order: readonly string[];
  readonly machines: readonly DeclaredMachine[];
  readonly bundles: Bundles;
}

function assemblePlan(draft: Draft): Compiled {
  const { manifest } = draft.fleet;
  const removed = removedOf(draft);
  const kept = draft.machines.flatMap((one) =>
    isKept(draft, one.name) ? (draft.bundles.get(one) ?? []) : [],
  );
  const groups = groupsOf(draft);
  const used = [...kept, ...(removed.length > 0 ? [emptyBundle] : [])];
  return assemble({
    environment: environmentOf(manifest),
    groups,
    removed,
    policy: policyOf(manifest, groups.map(spreadOf)),
    bundles: new Map(used.map((bundle) => [bundle.id, bundle])),
  });
}

const spreadOf = ({ group, targets, strategy }: TargetGroup) => ({
  ...{ group, machines: targets.length },
  batches: strategy?.batches.length ?? Math.min(1, targets.length),
});

const isKept = ({ options }: Draft, machine: string): boolean => options.only?.has(machine) ?? true;

function groupsOf(draft: Draft): TargetGroup[] {
  const members = new Map<string, DeclaredMachine[]>(draft.order.map((name) => [name, []]));
  const sites = sitesOf(draft.fleet.manifest, draft.machines);
  for (const machine of draft.machines)
    if (isKept(draft, machine.name)) members.get(machine.group)?.push(machine);
  const groups = draft.order.flatMap((name) => {
    const group = draft.fleet.manifest.groups[name];
    if (!group) return [];
    const { after, onFailure, rollout } = group;
    const targets = inOrder(members.get(name) ?? [], rollout.order).flatMap(
      (machine) => targetOf(draft, group, machine, sites) ?? [],
    );
    const { maxParallel } = rollout;
    const strategy = strategyOf(rollout, targets.length);
    return { group: name, after: [...after].sort(), maxParallel, onFailure, ...strategy, targets };
  });
  return draft.options.only ? withoutEmpty(groups) : groups;
}

function targetOf(
  draft: Draft,
  group: ManifestGroup,
  machine: DeclaredMachine,
  sites: ReadonlyMap<string, string>,
): Target | undefined {
  const { manifest } = draft.fleet;
  const bundle = draft.bundles.get(machine);
  if (!bundle) return undefined;
  const shape = shapeOf(manifest, group, machine);
  const next = { ...{ site: group.site, protect: group.protect, shape }, shapeDigest: shapeDigest(shape) };
  const exists = machine.existing !== undefined;
  const base = draft.base[machine.name];
  const { options } = draft;
  const decision =
    base && options.replace?.has(machine.name)
      ? ({ action: 'replace', reason: 'asked for' } as const)
      : decide(base, { ...next, exists, bundle: bundle.id }, base && options.shapes?.[base.shape]);
  return {
    ref: { ...environmentOf(manifest), machine: machine.name },
    group: machine.group,
    provider: manifest.sites[group.site]?.provider ?? '',
    ...decision,
    base: base ?? null,
    ...next,
    ...wayTo(manifest, machine, draft.machines, { checks: bundle.verify, around: group.around }),
    labels: { ...group.labels, ...machine.existing?.labels },
    bundle: bundle.id,
    steps: bundle.steps.map((step) => step.id),
    verify: bundle.verify,
    slots: bundle.slots,
    ...waysBack(group.rollback, machine.name, decision.action, base, bundle, options.outlines),
    ...aroundOf(group, sites),
  };
}

function removedOf(draft: Draft): Target[] {
  const { fleet, base, options, order, machines } = draft;
  const declared = new Set(machines.map((machine) => machine.name));
  const { manifest } = fleet;
  const sites = sitesOf(manifest, machines);
  const counts = Object.fromEntries(
    Object.entries(manifest.groups).map(
      ([name, { machines, count }]) => [name, machines ? 'named' : count] as const,
    ),
  );
  return removedTargets(
    Object.keys(base).filter((name) => !declared.has(name) && isKept(draft, name)),
    {
      ...{ environment: environmentOf(manifest), base, providers: providersOf(manifest), order },
      shapes: options.shapes ?? {},
      surroundings: (name) => removedSurroundings(draft, name, sites),
    },
    removalReason(base, counts),
  );
}

/** As its group says now; where there is none any more, as it said last. */
function removedSurroundings(
  { fleet: { manifest }, base, machines, options }: Draft,
  name: string,
  sites: ReadonlyMap<string, string>,
): LastSurroundings {
  const group = manifest.groups[base[name]?.group ?? ''];
  if (!group) return options.last?.[name] ?? {};
  const { around } = group;
  return { ...aroundOf(group, sites), ...wayTo(manifest, {}, machines, { checks: [], around }) };
}

const environmentOf = ({ fleet, uid, environment }: Manifest): EnvironmentRef => ({
  fleet,
  fleetUid: uid,
  environment,
});

const providersOf = ({ sites }: Manifest): Record<string, string> =>
  Object.fromEntries(Object.entries(sites).map(([name, site]) => [name, site.provider]));
