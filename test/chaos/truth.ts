import { type MachineOutcome, machineId } from '../../src/model/index.js';
import type { MachineEntry } from '../../src/record/port.js';
import type { SimVm } from '../support/sim.js';
import type { World } from './world.js';

/** Work of an attempt that was given up goes on for so long at most, ms: it may have verified what somebody changed after that. */
const longestZombie = 5_000;

const fine = new Set(['applied', 'aligned', 'destroyed', 'running', 'skipped']);
const claims = new Set(['applied', 'aligned', 'rolled-back-verified', 'destroyed']);

/** Holds every claim against what is true at the moment at which it is made. */
export class Truth {
  private readonly seen = new Set<string>();

  constructor(private readonly world: World) {}

  put(entry: MachineEntry): void {
    const { outcome } = entry.outcome;
    const claim = `${entry.changeId} ${entry.ref.machine} ${outcome} ${entry.outcome.attempt ?? 1}`;
    this.world.say(`record: ${entry.ref.machine} ${outcome}${why(entry.outcome)}`);
    if (!fine.has(outcome)) this.world.troubled();
    if (entry.changeId === this.world.current && outcome !== 'skipped') this.ensureAgreed(entry);
    // What is said of an older change comes from a zombie and claims nothing new.
    const { watch } = this.world;
    watch.release(entry);
    if (!claims.has(outcome) || !this.world.isOpen(entry.changeId) || this.seen.has(claim)) return;
    this.seen.add(claim);
    if (watch.isSpoiltSince(entry.ref.machine, Date.parse(entry.since ?? ''))) return;
    for (const lie of liesOf(this.world, entry))
      this.world.violated(`${entry.ref.machine} is ${outcome}: ${lie}`);
  }

  /** Nothing is worked on that people have not agreed to; the canary is the first of its group. */
  private ensureAgreed({ group, ref, outcome }: MachineEntry): void {
    if (outcome.outcome === 'destroyed' || outcome.outcome === 'rolled-back-verified') return;
    const isCanary = ref.machine.endsWith('-1');
    const gates = ['rollout', `group:${group}`, ...(isCanary ? [] : [`canary:${group}`])];
    for (const gate of gates)
      if (this.world.isClosed(gate))
        this.world.violated(`${ref.machine} is ${outcome.outcome}, and nobody has agreed to ${gate}`);
  }

  ended(change: string, outcome: string): void {
    this.world.say(`record: change ${change.slice(16, 18)} ${outcome}`);
  }

  /** The target is told that a bundle passed its verification. */
  noted({ info, target }: SimVm, argv: readonly string[]): void {
    const id = argv[argv.indexOf('--bundle') + 1] ?? '';
    const bundle = this.world.bundles.get(id);
    const broken = bundle?.verify.filter((check) => !target.holds(bundle, check)) ?? [];
    const machine = info.machineId.split('/').at(-1);
    const isLate = this.world.watch.isSpoiltSince(machine ?? '', Date.now() - longestZombie);
    if (broken.length > 0 && !isLate)
      this.world.violated(
        `${machine} is told that ${id.slice(0, 8)} is verified, and ${broken} does not hold`,
      );
  }
}

const why = ({ failure, reason, rollback, undo }: MachineOutcome): string =>
  [
    failure && ` ${failure.code} ${failure.message}`,
    reason && ` (${reason})`,
    rollback &&
      ` rungs ${rollback.rungs.map((one) => `${one.rung} ${one.done ? 'done' : one.why}`).join(', ')}`,
    undo &&
      ` undo ${undo.map((one) => `${one.what} ${one.done ? 'done' : one.failure?.message}`).join(', ')}`,
  ]
    .filter(Boolean)
    .join(';');

/** What of an entry's claim isn't so. */
export function liesOf(world: World, { ref, outcome, assigned, verified, changeId }: MachineEntry): string[] {
  const vms = world.machines().filter(({ info }) => info.machineId === machineId(ref));
  if (outcome.outcome === 'destroyed') return vms.length === 0 ? [] : ['it exists'];
  const [vm] = vms;
  if (vm === undefined) return ['it does not exist'];
  const { target } = vm;
  const { head, debts, verified: noted } = target.disk;
  const back = outcome.outcome === 'rolled-back-verified';
  const id = (back ? outcome.rollback?.to : assigned) ?? '';
  const bundle = world.bundles.get(id);
  const lies: string[] = [];
  const not = (what: string, wrong: boolean) => wrong && lies.push(what);
  not(`its target is admitted to ${head?.bundle.slice(0, 8)}, not ${id.slice(0, 8)}`, head?.bundle !== id);
  not(`verified is recorded as ${verified?.slice(0, 8)}`, !back && verified !== id);
  not(`its target owes ${debts}`, debts.length > 0);
  not('its target does not say that it was verified', noted[0]?.bundle !== id);
  if (bundle === undefined) return [...lies, `nobody knows bundle ${id.slice(0, 8)}`];
  const missing = bundle.steps.filter((one) => target.applied.get(one.id) !== one.hash).map((one) => one.id);
  not(`${missing} differ`, missing.length > 0);
  const broken = bundle.verify.filter((check) => !target.holds(bundle, check));
  not(`${broken} does not hold`, broken.length > 0);
  const of = world.record.changes.get(changeId)?.of ?? changeId;
  const touched = back && restored(outcome) ? target.disk.touchedBy(of) : [];
  not(`${touched} were not taken back`, touched.length > 0);
  const extra = back
    ? [...target.applied.keys()].filter((step) => !bundle.steps.some(({ id }) => id === step))
    : [];
  not(
    `${extra} were added and are still there`,
    extra.some((step) => step === `file:/added-by-${of}`),
  );
  return lies;
}

const restored = ({ rollback }: MachineOutcome): boolean => rollback?.rungs.at(-1)?.rung === 'restore';
