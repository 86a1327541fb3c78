import { type Change, CONTROL_QUEUE, type EnvironmentRef } from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import type { Context } from '../context.js';
import { environmentFlag } from '../flags.js';
import { requireRun } from '../requireRun.js';
import { activeRuns } from '../run/active.js';
import { factsOfSnapshot } from '../run/facts.js';
import { activeRun, findRun } from '../run/find.js';
import { runDocument } from '../run/result.js';
import { glance, type Snapshot } from '../run/snapshot.js';
import { plannedMachines, planOf } from '../run/wayBack.js';
import type { Stores } from '../stores.js';
import { selectTargets } from '../targets.js';
import { type Engine, engineOrReason } from '../temporal.js';
import { type Declared, declaredMachines } from './nextUp.js';
import { machinesAtWork, surveyOn, workersOf, workOn } from './temporal.js';
import type { ActiveFacts, MachineFacts, WhyFacts, WhyRun, Workers } from './types.js';
import { nobodyServes } from './workers.js';

/** More machines than a person reads about would only cost. */
const ASKED = 20;

interface Source {
  readonly context: Context;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
  /** Why there is none, where there is none. */
  readonly engine: Engine | string;
}

export interface Gathered {
  readonly facts: WhyFacts;
  readonly address: string | null;
  readonly notes: readonly string[];
}

const isRun = (wanted: string): boolean => /^\d+$/.test(wanted) || /^[0-9A-HJKMNP-TV-Z]{26}$/.test(wanted);

/** Asks Temporal and the record all that tells why a run or machines wait; whoever doesn't answer is named instead. */
export async function gather(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
  wanted: string,
): Promise<Gathered> {
  const engine = await engineOrReason(context);
  const source = { context, stores, environment, engine };
  try {
    const gathered = isRun(wanted) ? await ofRun(source, wanted) : await ofMachines(source, wanted);
    return { ...gathered, address: typeof engine === 'string' ? null : engine.address };
  } finally {
    if (typeof engine !== 'string') await engine.close();
  }
}

type Some = Omit<Gathered, 'address'>;

async function ofRun(source: Source, wanted: string): Promise<Some> {
  const { engine, stores, environment } = source;
  const base = await baseOf(source);
  if (typeof engine === 'string') {
    const { change, run, outcome } = await requireRun(stores.record, environment, wanted);
    return shown({
      ...base,
      ended: whyRun(change, run, outcome),
      ofRun: true,
      machines: await leftBy(source, change),
    });
  }
  const found = await findRun(engine, stores, environment, wanted);
  if (found.state === 'ended') {
    const { change, run, outcome } = found.row;
    return shown({
      ...base,
      ended: whyRun(change, run, outcome),
      ofRun: true,
      machines: await leftBy(source, change),
    });
  }
  const live = await activeFacts(source, base.control, found);
  const running = live.seen
    ? [...live.active.running.values()].flat()
    : await machinesAtWork(engine, environment);
  const ours = running.filter((one) => live.active.planned.has(one));
  const machines = await machineFacts(source, ours.slice(0, ASKED), live);
  return shown({ ...base, active: live.active, machines, ofRun: true }, ours.length);
}

async function ofMachines(source: Source, wanted: string): Promise<Some> {
  const { engine, stores, environment } = source;
  const base = await baseOf(source);
  const [first] = typeof engine === 'string' ? [] : await activeRuns(engine, environment);
  const live =
    first && typeof engine !== 'string'
      ? await activeFacts(
          source,
          base.control,
          await activeRun(stores, environment, first, first.memo.changeId),
        )
      : undefined;
  const names = await chosen(source, wanted, live);
  const machines = await machineFacts(source, names.slice(0, ASKED), live);
  return shown({ ...base, active: live?.active ?? null, machines }, names.length);
}

const shown = (facts: WhyFacts, all = facts.machines.length): Some => ({
  facts,
  notes: all > ASKED ? [`Shown are the first ${ASKED} of ${all} machines.`] : [],
});

async function baseOf({ context, engine, environment }: Source): Promise<WhyFacts> {
  return {
    at: new Date().toISOString(),
    place: `${environment.fleet}/${environment.environment}`,
    flag: environmentFlag(context),
    engineSilent: typeof engine === 'string' ? engine : null,
    control: typeof engine === 'string' ? null : await workersOf(engine, CONTROL_QUEUE, 'workflow'),
    ...{ active: null, ended: null, machines: [], ofRun: false },
  };
}

const whyRun = (change: Change, run: number | null, outcome: string | null): WhyRun => ({
  ...{ run, change: change.id, verb: change.verb, outcome },
  ...{ startedBy: change.startedBy, startedAt: change.startedAt },
});

interface Live {
  readonly active: ActiveFacts;
  readonly seen: Snapshot | undefined;
}

/** Where nobody works for control nobody is asked: each question would only run into its deadline. */
async function activeFacts(
  { engine, stores, environment }: Source,
  control: Workers | null,
  { change, started }: { readonly change: Change; readonly started: { id: string; runId: string } },
): Promise<Live> {
  const now = new Date().toISOString();
  const nobody = typeof engine === 'string' || control === null || nobodyServes(control, now);
  const seen = nobody ? undefined : await glance(engine, environment, started);
  const snapshot = typeof seen === 'string' ? undefined : seen;
  const recorded = await stores.record.change(environment, change.id);
  const plan = await planOf(stores, change);
  const open = snapshot && (snapshot.progress.questions ?? []).length > 0;
  const active: ActiveFacts = {
    run: whyRun(change, snapshot?.progress.run ?? recorded?.run ?? null, null),
    progress: snapshot?.progress ?? null,
    silent: typeof seen === 'string' ? seen : null,
    questions: open ? (await runDocument(factsOfSnapshot(change, snapshot), stores, null)).questions : [],
    running: new Map((snapshot?.groups ?? []).map((one) => [one.group ?? '', one.running])),
    planned: new Set(plan ? plannedMachines(plan).map((one) => one.machine) : []),
  };
  return { active, seen: snapshot };
}

/** Recorded, declared and planned machines may all be asked about. */
async function chosen(source: Source, wanted: string, live: Live | undefined): Promise<string[]> {
  const { stores, environment } = source;
  const [rows, declared] = await Promise.all([
    stores.record.machines(environment),
    declaredMachines(stores, environment),
  ]);
  const names = new Set([...rows.map((row) => row.ref.machine), ...(declared?.keys() ?? [])]);
  for (const name of live?.active.planned ?? []) names.add(name);
  const candidates = [...names].map((machine) => {
    const row = rows.find((one) => one.ref.machine === machine);
    return {
      machine,
      group: row?.group ?? declared?.get(machine)?.group ?? groupOf(machine),
      labels: declared?.get(machine)?.labels ?? {},
      outcome: row?.lastOutcome ?? null,
      debts: row?.debts ?? [],
    };
  });
  candidates.sort((a, b) => a.machine.localeCompare(b.machine, 'en', { numeric: true }));
  return selectTargets([wanted], [], candidates).map((one) => one.machine);
}

const groupOf = (machine: string): string => machine.replace(/-\d+$/, '');

async function machineFacts(
  source: Source,
  names: readonly string[],
  live: Live | undefined,
): Promise<MachineFacts[]> {
  const { stores, environment } = source;
  const rows = new Map((await stores.record.machines(environment)).map((row) => [row.ref.machine, row]));
  const declared = await declaredMachines(stores, environment);
  return Promise.all(
    names.map((name) => machineFactsOf(source, name, rows.get(name), declared?.get(name), live)),
  );
}

async function machineFactsOf(
  { engine, stores, environment }: Source,
  machine: string,
  row: MachineRow | undefined,
  declared: Declared | undefined,
  live: Live | undefined,
): Promise<MachineFacts> {
  const site = row?.site ?? declared?.site ?? 'main';
  const [last] = row ? await stores.record.history(row.ref, { limit: 1 }) : [];
  const done = live?.seen?.groups.flatMap((one) => one.done).find((one) => one.machine === machine);
  return {
    machine,
    group: row?.group ?? declared?.group ?? groupOf(machine),
    site,
    row: row ?? null,
    work: typeof engine === 'string' ? null : await workAt({ engine, environment, site }, machine, live),
    ...{ done: done ?? null, last: last?.outcome ?? null, next: declared?.next ?? null },
  };
}

interface At {
  readonly engine: Engine;
  readonly environment: EnvironmentRef;
  readonly site: string;
}

/** Under its own id, or in its batch. */
async function workAt({ engine, environment, site }: At, machine: string, live: Live | undefined) {
  const own = await workOn(engine, environment, machine, site);
  const all = live?.seen?.groups.flatMap((one) => one.looking ?? []) ?? [];
  const looking = all.find(({ machines }) => machines.includes(machine));
  return own ?? (looking === undefined ? null : surveyOn(engine, looking, site));
}

const well: readonly string[] = ['applied', 'aligned', 'destroyed', 'rolled-back-verified'];

/** Machines that a run which has ended left unwell, and that no other run has been at since. */
async function leftBy(source: Source, change: Change): Promise<MachineFacts[]> {
  const rows = await source.stores.record.machines(source.environment);
  const left = rows.filter((row) => row.lastChange === change.id && !well.includes(row.lastOutcome));
  return machineFacts(source, left.map((row) => row.ref.machine).slice(0, ASKED), undefined);
}
