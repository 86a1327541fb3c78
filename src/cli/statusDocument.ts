import { type EnvironmentRef, MillwrightError } from '../model/index.js';
import type { MachineRow } from '../record/port.js';
import type { StatusDocument, StatusMachine } from '../report/index.js';
import type { Context } from './context.js';
import { type Inventory, inventoryHere, orphansOf } from './inventory.js';
import { activeRuns } from './run/active.js';
import { urlsOf } from './run/result.js';
import type { Stores } from './stores.js';
import { connectEngine, type Engine } from './temporal.js';

/** The fleet as the record knows it, beside what Temporal and the sites say right now, as far as they answer. */
export async function statusDocument(
  context: Context,
  { record }: Stores,
  environment: EnvironmentRef,
): Promise<StatusDocument> {
  const rows = (await record.machines(environment)).filter((row) => row.lastOutcome !== 'destroyed');
  const runs = new Map((await record.changes(environment, 1000)).map((row) => [row.change.id, row.run]));
  const live = await askEngine(context, environment);
  const seen = await inventoryHere(context.settings());
  const machines = rows.map((row) => statusMachine(row, runs, seen));
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
      seen.size > 0 ? orphansOf(seen, environment, rows, live.running ? [live.running.change] : []) : null,
    notes: [...live.notes, ...unasked(rows, seen)],
  };
}

interface Live {
  readonly engine: string;
  readonly running: { readonly change: string; readonly verb: string } | null;
  readonly notes: readonly string[];
}

async function askEngine(context: Context, environment: EnvironmentRef): Promise<Live> {
  let engine: Engine;
  try {
    engine = await connectEngine(context);
  } catch (error) {
    if (!(error instanceof MillwrightError)) throw error;
    return {
      engine: 'unreachable',
      running: null,
      notes: [`${error.message} Shown is what the record knows.`],
    };
  }
  try {
    const [active] = await activeRuns(engine, environment);
    const running = active ? { change: active.memo.changeId, verb: active.memo.verb } : null;
    return { engine: engine.address, running, notes: [] };
  } finally {
    await engine.close();
  }
}

/** Sites of other hosts: whether their VMs are there is known only there. */
function unasked(rows: readonly MachineRow[], seen: Inventory): string[] {
  const sites = [...new Set(rows.map((row) => row.site))].filter((site) => !seen.has(site));
  return sites.length === 0
    ? []
    : [
        `VMs of ${sites.join(', ')} are not on this host: millwright doctor there compares them with the record.`,
      ];
}

function statusMachine(row: MachineRow, runs: ReadonlyMap<string, number>, seen: Inventory): StatusMachine {
  const found = row.instance
    ? seen.get(row.site)?.find((one) => one.instance === row.instance?.instance)
    : undefined;
  const gone = row.instance !== null && seen.has(row.site) && found === undefined;
  return {
    machine: row.ref.machine,
    group: row.group,
    site: row.site,
    state: gone ? 'gone' : stateOf(row),
    outcome: row.lastOutcome,
    run: runs.get(row.lastChange) ?? null,
    instance: row.instance?.instance ?? null,
    power: found?.power ?? null,
    assigned: row.assigned,
    verified: row.verified,
    addresses: row.instance?.addresses ?? {},
    debts: row.debts,
    updatedAt: row.updatedAt,
  };
}

/** In one word what the last run left behind. */
function stateOf(row: MachineRow): string {
  if (row.lastOutcome === 'applied' || row.lastOutcome === 'aligned') return 'verified';
  if (row.instance === null && row.lastOutcome !== 'running')
    return row.lastOutcome === 'failed' ? 'failed' : 'not created';
  return row.lastOutcome;
}
