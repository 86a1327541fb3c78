import type { EnvironmentRef, MachineOutcome } from '../../model/index.js';
import type { MachineRow } from '../../record/port.js';
import type { Context } from '../context.js';
import type { Snapshot } from '../run/snapshot.js';
import type { Stores } from '../stores.js';
import { selectTargets } from '../targets.js';
import type { Engine } from '../temporal.js';
import { type Declared, declaredMachines } from './nextUp.js';
import { machinesAtWork, surveyOn, workOn } from './temporal.js';
import type { ActiveFacts, MachineFacts } from './types.js';

/** Of more machines at work nobody is asked: it would only cost. */
export const ASKED = 20;

export interface Source {
  readonly context: Context;
  readonly stores: Stores;
  readonly environment: EnvironmentRef;
  /** Why there is none, where there is none. */
  readonly engine: Engine | string;
}

export interface Live {
  readonly active: ActiveFacts;
  readonly seen: Snapshot | undefined;
}

/** Recorded, declared and planned machines may all be asked about. */
export async function chosen(source: Source, wanted: string, live: Live | undefined): Promise<string[]> {
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

/** Of many only those at which nobody works, whom the record knows all about, and some of the others. */
export async function affordable(
  { engine, environment }: Source,
  names: readonly string[],
  live: Live | undefined,
): Promise<{
  readonly asked: readonly string[];
  readonly left: number;
  readonly busy?: ReadonlySet<string>;
}> {
  if (names.length <= ASKED || typeof engine === 'string') return { asked: names, left: 0 };
  const busy = new Set(await machinesAtWork(engine, environment));
  for (const name of [...(live?.active.running.values() ?? [])].flat()) busy.add(name);
  const working = names.filter((name) => busy.has(name));
  const dropped = new Set(working.slice(ASKED));
  return { asked: names.filter((name) => !dropped.has(name)), left: dropped.size, busy };
}

const groupOf = (machine: string): string => machine.replace(/-\d+$/, '');

/** All that is known of these machines; `busy`: only these are at work, where that is known. */
export async function machineFacts(
  source: Source,
  names: readonly string[],
  live: Live | undefined,
  busy?: ReadonlySet<string>,
): Promise<MachineFacts[]> {
  const { stores, environment } = source;
  const rows = new Map((await stores.record.machines(environment)).map((row) => [row.ref.machine, row]));
  const declared = await declaredMachines(stores, environment);
  const done = new Map(live?.seen?.groups.flatMap((one) => one.done.map((each) => [each.machine, each])));
  const known = { source, live, done, busy };
  return Promise.all(names.map((name) => machineFactsOf(known, name, rows.get(name), declared?.get(name))));
}

interface Known {
  readonly source: Source;
  readonly live: Live | undefined;
  readonly done: ReadonlyMap<string, MachineOutcome>;
  /** Where it is known of many: the others are told by what the record has of them. */
  readonly busy: ReadonlySet<string> | undefined;
}

async function machineFactsOf(
  { source, live, done, busy }: Known,
  machine: string,
  row: MachineRow | undefined,
  declared: Declared | undefined,
): Promise<MachineFacts> {
  const { engine, stores, environment } = source;
  const site = row?.site ?? declared?.site ?? 'main';
  const plain = busy !== undefined && row !== undefined && well.includes(row.lastOutcome);
  const [last] = row && !plain ? await stores.record.history(row.ref, { limit: 1 }) : [];
  const asked = typeof engine !== 'string' && (busy === undefined || busy.has(machine));
  return {
    machine,
    group: row?.group ?? declared?.group ?? groupOf(machine),
    site,
    row: row ?? null,
    work: asked ? await workAt({ engine, environment, site }, machine, live) : null,
    ...{ done: done.get(machine) ?? null, last: last?.outcome ?? null, next: declared?.next ?? null },
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

export const well: readonly string[] = ['applied', 'aligned', 'destroyed', 'rolled-back-verified'];
