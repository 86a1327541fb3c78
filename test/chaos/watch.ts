import type { Change } from '../../src/model/index.js';
import type { DriftEntry, MachineEntry } from '../../src/record/port.js';
import { readPlan } from '../../src/store/documents.js';
import type { ReconcileInput } from '../../src/workflows/reconcileTypes.js';
import type { SimVm } from '../support/sim.js';
import { isAligned, lieOf, type Sight, sightOf } from './sight.js';
import type { Attempt, World } from './world.js';

export type ScanPlan = Pick<ReconcileInput, 'mode' | 'maxMachines'>;

/** Verbs of the runner that change something; of its runs those with such a purpose. */
const changing: readonly string[] = ['stop', 'cancel', 'hold', 'release', 'confirm', 'apply', 'rollback'];

/** What was done to machines by hand, what scans could see and what they said, and whom they mend. */
export class Watch {
  /** By id of a scan's workflow. */
  readonly plans = new Map<string, ScanPlan>();
  /** Machines by id of the change under which a scan mends them. */
  readonly mends = new Map<string, readonly string[]>();
  /** Groups of which one scan said that every machine is aligned. */
  readonly clean = new Set<string>();
  private readonly spoilt = new Map<string, number>();
  private readonly owners = new Map<string, Set<string>>();
  private readonly sights = new Map<string, Sight[]>();
  private readonly said = new Map<string, Map<string, DriftEntry>>();

  constructor(private readonly world: World) {}

  /** The workflow of a machine is at work from its first attempt until its end is recorded. */
  own(machine: string, change: string): void {
    this.owners.set(machine, (this.owners.get(machine) ?? new Set()).add(change));
  }
  release({ ref, changeId, outcome }: MachineEntry): void {
    if (outcome.outcome !== 'running') this.owners.get(ref.machine)?.delete(changeId);
  }
  ownersOf = (machine: string): readonly string[] => [...(this.owners.get(machine) ?? [])];

  /** Somebody changes a machine behind our back: one of its steps, or its power. */
  spoil(machine: string, { target }: SimVm, step: string): void {
    this.world.say(`${machine} is changed by hand: ${step}`);
    this.world.count('machine changed by hand');
    this.spoilt.set(machine, Date.now());
    if (step === 'power') this.world.site.powerOff(machine);
    else target.applied.set(step, 'by hand');
  }
  /** Not by hand: a call that went wrong did it. */
  losesPower(machine: string): void {
    this.spoilt.set(machine, Date.now());
    this.world.site.powerOff(machine);
  }
  isSpoiltSince = (machine: string, ms: number): boolean => (this.spoilt.get(machine) ?? -1) >= ms;

  /** The activity of a scan calls a provider or a machine: it looks, and changes nothing. */
  looks({ of }: Attempt, machine: string, method: string, argv: readonly string[] = []): void {
    const what = argv[5] === 'start' ? argv[argv.indexOf('--purpose') + 1] : argv[5];
    const isLook = method === 'find' || method.startsWith('ssh.');
    if (!isLook || (what !== undefined && changing.includes(what)))
      this.world.violated(`a scan does ${what ?? method} to ${machine}`);
    this.sees(of, machine);
  }
  sees(of: string, machine: string): void {
    const key = `${of} ${machine}`;
    this.sights.set(key, [...(this.sights.get(key) ?? []), sightOf(this.world, machine)]);
  }

  /** A scan's word is recorded. */
  says({ of }: Attempt, entries: readonly DriftEntry[]): void {
    const said = this.said.get(of) ?? new Map<string, DriftEntry>();
    this.said.set(of, said);
    for (const entry of entries) {
      const { machine, state, steps = [], reason = '' } = entry;
      const what = `${machine} ${state} ${steps.map(({ step }) => step)} ${reason}`.trim();
      this.world.say(`${nameOf(of)} says: ${what}`);
      said.set(machine, entry);
      const lie = lieOf(entry, this.sights.get(`${of} ${machine}`) ?? []);
      if (lie !== undefined) this.world.violated(`${nameOf(of)} says: ${what}: ${lie}`);
    }
  }

  /** A scan has said all that it has to say. */
  async closes({ of }: Attempt): Promise<void> {
    const said = this.said.get(of);
    const machines = Object.entries(await this.world.record.port().base(this.world.environment));
    for (const group of new Set(machines.map(([, one]) => one.group))) {
      const mine = machines.filter(([, one]) => one.group === group);
      if (mine.every(([machine]) => said?.get(machine)?.state === 'aligned')) this.clean.add(group);
    }
  }

  /** A scan makes a change of machines that it is going to mend. */
  async begins({ of }: Attempt, change: Change): Promise<void> {
    const { groups } = await readPlan(this.world.site.store, change.plan);
    const machines = groups.flatMap((group) => group.machines.map(({ machine }) => machine));
    this.world.say(`${nameOf(of)} mends ${machines}`);
    const { mode = 'report', maxMachines = 0 } = this.plans.get(of) ?? {};
    const wrong = (what: string): void => this.world.violated(`${nameOf(of)} mends ${machines}: ${what}`);
    if (mode === 'report') wrong('it may only report');
    if (machines.length > maxMachines) wrong(`its budget is ${maxMachines}`);
    for (const { group } of groups.filter((one) => !this.clean.has(one.group)))
      wrong(`group ${group} was never found aligned as a whole`);
    for (const machine of machines)
      if (this.said.get(of)?.get(machine)?.state !== 'drifted') wrong(`it did not find drift on ${machine}`);
    if (!this.mends.has(change.id)) this.mends.set(change.id, machines);
  }

  /** Something of a mend is started on a machine; a run that is known there is only followed. */
  mending({ change }: Attempt, machine: string, { target }: SimVm, argv: readonly string[]): void {
    const machines = this.mends.get(change);
    const run = argv[argv.indexOf('--run') + 1] ?? '';
    const changes = run.startsWith(`${change}/`) && /[/](apply|rollback)[/]/.test(run);
    if (machines === undefined || argv[5] !== 'start' || !changes || target.runs.has(run)) return;
    const wrong = (what: string): void => this.world.violated(`${machine} is mended: ${what}`);
    this.world.count('machine mended');
    if (!machines.includes(machine)) wrong('its scan did not mean it');
    if (isAligned(sightOf(this.world, machine))) wrong('nothing was wrong with it');
    const others = this.ownersOf(machine).filter((one) => one !== change);
    if (others.length > 0) wrong(`${others} works on it`);
  }
}

const nameOf = (of: string): string => `scan ${of.split('/').at(-1)}`;
