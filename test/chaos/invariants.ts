import { type MachineOutcome, machineId } from '../../src/model/index.js';
import type { MachineEntry } from '../../src/record/port.js';
import type { RolloutResult } from '../../src/workflows/types.js';
import type { SimFleet } from '../support/sim-fleet.js';
import type { World } from './world.js';

/** What must be true of a world in which nothing is going on. Each violation is said to the world. */
export function atRest(world: World): void {
  for (const check of checks) for (const violation of check(world)) world.violated(violation);
}

type Check = (world: World) => Iterable<string>;

/** One VM per machine or none. */
export function* oneVmPerMachine(world: World): Iterable<string> {
  const seen = new Set<string>();
  for (const { info } of world.machines()) {
    if (seen.has(info.machineId)) yield `two live instances of ${info.machineId}`;
    seen.add(info.machineId);
  }
}

/** What was destroyed stays so. */
export function* noGhosts(world: World): Iterable<string> {
  for (const instance of world.site.vms.keys())
    if (world.site.tombstones.has(instance)) yield `${instance} lives although it has a tombstone`;
}

/** The record and the site know the same instances, except where somebody said that this isn't known. */
export function* instancesKnown(world: World): Iterable<string> {
  for (const { info } of world.machines()) {
    const last = lastOf(world, info.machineId);
    const known = last && world.record.base(last.ref, last.group);
    if (known?.instance === info.instance || isDoubtful(last?.outcome)) continue;
    yield `${info.instance} exists; the record knows ${known?.instance ?? 'none'} (${last?.outcome.outcome})`;
  }
  for (const last of lastEntries(world)) {
    const known = world.record.base(last.ref, last.group);
    if (known === undefined || isDoubtful(last.outcome) || mayBeDestroyed(last.outcome)) continue;
    if (!world.site.vms.has(known.instance)) yield `the record knows ${known.instance}, which does not exist`;
  }
}

/** assigned is what the target's head says; verified is what the target itself noted. */
export function* bundlesAgree(world: World): Iterable<string> {
  for (const [last, target] of knownTargets(world)) {
    const base = world.record.base(last.ref, last.group);
    const { head, verified } = target.disk;
    const { machine } = last.ref;
    const said = `${machine} (${last.outcome.outcome})`;
    if ((base?.assigned ?? undefined) !== head?.bundle)
      yield `${said}: assigned ${short(base?.assigned)}, its target's head is ${short(head?.bundle)}`;
    if (base?.verified != null && !verified.some(({ bundle }) => bundle === base.verified))
      yield `${said}: verified ${short(base.verified)}, its target noted ${verified.map((one) => short(one.bundle))}`;
  }
}

/** A debt is paid, or target and record both name it. */
export function* debtsKept(world: World): Iterable<string> {
  for (const [last, target] of knownTargets(world)) {
    const told = world.record.entries.findLast(
      (one) => machineId(one.ref) === machineId(last.ref) && one.debts !== undefined,
    );
    const lost = target.disk.debts.filter((debt) => !told?.debts?.includes(debt));
    if (lost.length > 0)
      yield `${last.ref.machine} (${last.outcome.outcome}) owes ${lost}, the record does not know`;
    const invented = (told?.debts ?? []).filter((debt) => !target.disk.debts.includes(debt));
    if (invented.length > 0) yield `${last.ref.machine} (${last.outcome.outcome}) is said to owe ${invented}`;
  }
}

/** No run of a change is active or may come to life on a target, unless that was said. */
export function* nothingRuns(world: World): Iterable<string> {
  for (const [last, target] of knownTargets(world)) {
    const { active } = target.status();
    if (active !== null) yield `${active} runs on ${last.ref.machine} (${last.outcome.outcome})`;
  }
}

/** A rollout tries a machine again once for want of something beside it, and once more where nobody reached it. */
const byItself = 2;

/** An unguarded command is begun once by a run, and a change has no more runs on a machine than answers that asked for them. */
export function* nothingTwice(world: World): Iterable<string> {
  for (const { info, target } of world.machines()) {
    const machine = info.machineId.split('/').at(-1) ?? '';
    const begun = target.begun.map(({ step, hash, run }) => `${step} ${hash} ${run}`);
    for (const twice of begun.filter((one, i) => begun.indexOf(one) !== i))
      yield `${machine} began ${twice} twice`;
    const runs = [...target.runs.keys()].filter((run) => run.includes('/apply/'));
    for (const change of new Set(runs.map((run) => run.split('/')[0] ?? ''))) {
      const asked =
        (world.retries.get(`${change} ${machine}`) ?? 0) + (world.retries.get(`${change} *`) ?? 0);
      const most = runs.filter((run) => run.startsWith(`${change}/`)).length;
      // A scan mends a machine once, or leaves it for the next one.
      if (most > 1 + (world.watch.mends.has(change) ? 0 : asked + byItself))
        yield `${machine} had ${most} runs of ${change}, ${asked} retries were asked for`;
    }
  }
}

/** What a create that came to nothing has made is gone, or its undo is reported as failed. */
export function* undone(world: World): Iterable<string> {
  for (const last of lastEntries(world)) {
    const { outcome } = last;
    if (outcome.phase !== 'create' || outcome.outcome === 'running' || outcome.outcome === 'stopped')
      continue;
    const exists = world.machines().some(({ info }) => info.machineId === machineId(last.ref));
    // One that is known was finished: a change that ends after that leaves it as it is.
    const known = last.instance != null || (outcome.undo?.length ?? 0) > 0;
    if (exists && !known) yield `${last.ref.machine} ended in create, exists, and nothing was undone`;
  }
}

/** Whose change proved what it did keeps no snapshot. */
export function* snapshotsDropped(world: World): Iterable<string> {
  for (const [last, , names] of knownTargets(world)) {
    if (last.outcome.outcome !== 'applied') continue;
    for (const name of names.filter((one) => one.includes(last.changeId) && world.intensity === 0))
      yield `${last.ref.machine} keeps snapshot ${name}`;
  }
}

const checks: readonly Check[] = [
  ...[oneVmPerMachine, noGhosts, instancesKnown, bundlesAgree, debtsKept],
  ...[nothingRuns, nothingTwice, undone, snapshotsDropped],
];

/** The record says of each machine what its rollout said. */
export function outcomesAgree(world: World, changeId: string, { machines, outcome }: RolloutResult): void {
  const recorded = world.record.ended.get(changeId);
  if (recorded !== outcome) world.violated(`change ${changeId} is ${outcome}, the record says ${recorded}`);
  for (const one of machines) {
    const entry = world.record.last(one.machine, changeId);
    if (entry === undefined) continue;
    if (one.outcome === 'skipped' || entry.outcome.outcome === one.outcome) continue;
    if (one.outcome === 'owed' || one.outcome === 'unknown') continue;
    world.violated(`${one.machine} is ${one.outcome}, the record says ${entry.outcome.outcome}`);
  }
}

/** A vote that was said to count is in the record, and none is there twice. */
export function votesKept(world: World, changeId: string): void {
  const kept = world.record.voted.filter((one) => one.changeId === changeId).map(({ id }) => id);
  for (const id of world.votes.get(changeId) ?? [])
    if (!kept.includes(id)) world.violated(`vote ${id} was said to count, and the record does not have it`);
  if (new Set(kept).size !== kept.length)
    world.violated(`a vote of ${changeId} is in the record twice: ${kept}`);
}

/** After a calm change everything is as declared. */
export function healed(world: World, fleet: SimFleet): void {
  const names = fleet.groups.flatMap(({ group, count }) =>
    Array.from({ length: count }, (_, i) => `${group}-${i + 1}`),
  );
  for (const machine of names) {
    const last = world.record.last(machine)?.outcome.outcome;
    if (last !== 'applied' && last !== 'aligned') world.violated(`${machine} is ${last} after a calm change`);
  }
  if (world.machines().length !== names.length)
    world.violated(`${names.length} machines are declared, ${world.machines().length} exist`);
}

const short = (digest: string | null | undefined): string => digest?.slice(0, 8) ?? 'none';

function lastEntries(world: World): MachineEntry[] {
  return [...new Map(world.record.entries.map((one) => [machineId(one.ref), one])).values()];
}

const lastOf = (world: World, id: string): MachineEntry | undefined =>
  world.record.entries.findLast((one) => machineId(one.ref) === id);

/** Somebody said that they don't know, or that something is left to do by hand. */
const isDoubtful = (outcome: MachineOutcome | undefined): boolean =>
  outcome?.outcome === 'unknown' ||
  (outcome?.outcome === 'owed' && outcome.failure?.cause === 'unreachable') ||
  outcome?.undo?.some((one) => !one.done) === true;

/** A destroy that failed may have come to its end all the same; the next look tells. */
const mayBeDestroyed = ({ outcome, phase, rollback }: MachineOutcome): boolean =>
  (outcome === 'failed' && phase === 'destroy') ||
  (outcome === 'rollback-failed' && rollback?.rungs.at(-1)?.rung === 'replace');

/** Machines that exist and of which the record claims to know the state. */
function* knownTargets(world: World) {
  for (const last of lastEntries(world)) {
    if (isDoubtful(last.outcome)) continue;
    const vm = world.machines().find(({ info }) => info.machineId === machineId(last.ref));
    // Of one that lost its power nobody could learn anything.
    if (vm?.info.power === 'on') yield [last, vm.target, [...vm.snapshots.keys()]] as const;
  }
}
