import type { EnvironmentRef } from '../model/index.js';
import type { ChangeRow, DriftRow, MachineRow } from '../record/port.js';
import type {
  Held,
  LastRollback,
  MachineDrift,
  QuestionDocument,
  StatusDocument,
  StatusMachine,
} from '../report/index.js';
import type { Context } from './context.js';
import { type Inventory, inventoryHere, orphansOf } from './inventory.js';
import { activeRuns } from './run/active.js';
import { factsOfSnapshot } from './run/facts.js';
import { activeRun } from './run/find.js';
import { governedBy, ungoverned } from './run/governed.js';
import { runDocument, urlsOf } from './run/result.js';
import { glance } from './run/snapshot.js';
import type { Stores } from './stores.js';
import { type Engine, engineOrReason } from './temporal.js';

/** The fleet as the record knows it, beside what Temporal and the sites say right now, as far as they answer. */
export async function statusDocument(
  context: Context,
  stores: Stores,
  environment: EnvironmentRef,
): Promise<StatusDocument> {
  const { record } = stores;
  const rows = (await record.machines(environment)).filter((row) => row.lastOutcome !== 'destroyed');
  const changes = await record.changes(environment, 1000);
  const runs = new Map(changes.map((row) => [row.change.id, row.run]));
  const live = await askEngine(context, stores, environment);
  const seen = await inventoryHere(context.settings());
  const drift = new Map((await record.drift(environment)).map((one) => [one.machine, one]));
  const machines = rows.map((row) => statusMachine(row, runs, seen, drift.get(row.ref.machine)));
  const active = live.running ? [live.running.change] : [];
  return {
    schema: 'millwright/status/v1',
    fleet: environment.fleet,
    environment: environment.environment,
    at: new Date().toISOString(),
    engine: live.engine,
    running: live.running && { ...live.running, run: runs.get(live.running.change) ?? null },
    machines,
    urls: urlsOf(rows),
    orphans:
      seen.size > 0 ? orphansOf(seen, environment, rows, active, await record.forgotten(environment)) : null,
    notes: [...live.notes, ...unasked(rows, seen)],
    questions: live.questions,
    ...live.governed,
    rollback: lastRollback(changes),
  };
}

interface Live {
  readonly engine: string;
  readonly running: { readonly change: string; readonly verb: string } | null;
  readonly questions: readonly QuestionDocument[];
  readonly governed: Held;
  readonly notes: readonly string[];
}

const nothingAsked = { questions: [], governed: ungoverned } as const;

async function askEngine(context: Context, stores: Stores, environment: EnvironmentRef): Promise<Live> {
  const engine = await engineOrReason(context);
  if (typeof engine === 'string') {
    const notes = [`${engine} Shown is what the record knows.`];
    return { engine: 'unreachable', running: null, ...nothingAsked, notes };
  }
  try {
    return { engine: engine.address, ...(await askRun(engine, stores, environment)) };
  } finally {
    await engine.close();
  }
}

async function askRun(
  engine: Engine,
  stores: Stores,
  environment: EnvironmentRef,
): Promise<Omit<Live, 'engine'>> {
  const [active] = await activeRuns(engine, environment);
  if (!active) return { running: null, ...nothingAsked, notes: [] };
  const running = { change: active.memo.changeId, verb: active.memo.verb };
  const { change, started } = await activeRun(stores, environment, active, running.change);
  const seen = await glance(engine, environment, started);
  if (typeof seen === 'string') {
    const notes = [`The run that is active does not answer (${seen}): what it waits for is not known.`];
    return { running, ...nothingAsked, notes };
  }
  const governed = governedBy(seen.progress);
  if ((seen.progress.questions ?? []).length === 0) return { running, questions: [], governed, notes: [] };
  const { questions } = await runDocument(factsOfSnapshot(change, seen), stores, null);
  return { running, questions, governed, notes: [] };
}

/** The newest run in which something was put back, or was to be. */
function lastRollback(changes: readonly ChangeRow[]): LastRollback | null {
  const at = changes.findIndex((row) => row.outcome?.startsWith('roll'));
  const row = changes[at];
  if (!row) return null;
  const of = changes.find((one) => one.change.id === row.change.of) ?? row;
  return {
    run: row.run,
    of: of.run,
    commit: of.change.commit ?? null,
    by: row.change.startedBy,
    at: row.endedAt,
    outcome: row.outcome ?? '',
    current: !changes
      .slice(0, at)
      .some((one) => one.outcome === 'succeeded' && one.change.verb !== 'reconcile'),
  };
}

/** Sites of other hosts: whether their VMs are there is known only there. Machines that exist already are nobody's VMs. */
function unasked(rows: readonly MachineRow[], seen: Inventory): string[] {
  const vms = rows.filter((row) => row.instance?.connection === undefined);
  const sites = [...new Set(vms.map((row) => row.site))].filter((site) => !seen.has(site));
  return sites.length === 0
    ? []
    : [
        `VMs of ${sites.join(', ')} are not on this host: millwright doctor there compares them with the record.`,
      ];
}

function statusMachine(
  row: MachineRow,
  runs: ReadonlyMap<string, number>,
  seen: Inventory,
  drift: DriftRow | undefined,
): StatusMachine {
  const found = row.instance
    ? seen.get(row.site)?.find((one) => one.instance === row.instance?.instance)
    : undefined;
  const gone = row.instance !== null && seen.has(row.site) && found === undefined;
  return {
    machine: row.ref.machine,
    group: row.group,
    site: row.site,
    state: gone ? 'gone' : stateOf(row, drift),
    outcome: row.lastOutcome,
    run: runs.get(row.lastChange) ?? null,
    instance: row.instance?.instance ?? null,
    power: found?.power ?? null,
    assigned: row.assigned,
    verified: row.verified,
    addresses: row.instance?.addresses ?? {},
    debts: row.debts,
    hold: row.hold ?? null,
    drained: row.drained ?? null,
    drift: drift === undefined ? null : machineDrift(drift),
    updatedAt: row.updatedAt,
  };
}

const machineDrift = ({ state, since, steps, reason, unmendable, at }: DriftRow): MachineDrift => ({
  ...{ state, since, steps, reason: reason ?? null, unmendable: unmendable ?? null, at },
});

const well: readonly string[] = ['applied', 'aligned', 'rolled-back-verified'];

/** In one word what the last run left behind. */
function stateOf(row: MachineRow, drift: DriftRow | undefined): string {
  if (well.includes(row.lastOutcome)) return typeof drift?.since === 'string' ? 'drifted' : 'verified';
  if (row.instance === null && row.lastOutcome !== 'running')
    return row.lastOutcome === 'failed' ? 'failed' : 'not created';
  return row.lastOutcome;
}
