import type { Kysely, Transaction } from 'kysely';
import type { EnvironmentRef } from '../model/index.js';
import type { DriftEntry, DriftRow, ScanEntry, ScannedMachine } from './port.js';
import type { DriftTable, RecordSchema } from './schema.js';

type Db = Kysely<RecordSchema>;
type Write = Transaction<RecordSchema>;

const place = (e: EnvironmentRef) => ({ fleet_uid: e.fleetUid, environment: e.environment });

export async function putDrift(
  tx: Write,
  environment: EnvironmentRef,
  entries: readonly DriftEntry[],
): Promise<void> {
  const known = new Map((await rowsOf(tx, environment)).map((row) => [row.machine, row]));
  for (const entry of entries) {
    const before = known.get(entry.machine);
    if (before !== undefined && !isOlder(entry, before)) await put(tx, environment, entry, before);
  }
}

const isOlder = ({ at }: DriftEntry, before: Joined): boolean => before.at !== null && before.at > at;

function put(tx: Write, environment: EnvironmentRef, entry: DriftEntry, before: Joined) {
  const { machine, scan, at, state, assigned = null, reason = null, unmendable = null } = entry;
  const said = { scan, at, state, assigned, reason, unmendable, ...driftedSince(entry, before) };
  return tx
    .insertInto('drift')
    .values({ ...place(environment), machine, ...said })
    .onConflict((oc) => oc.columns(['fleet_uid', 'environment', 'machine']).doUpdateSet(said))
    .execute();
}

/** Drift that is known goes on until somebody sees that it is gone; not to see is no such sight. */
function driftedSince(
  { state, at, steps = [] }: DriftEntry,
  before: Joined,
): Pick<DriftTable, 'since' | 'steps'> {
  const known = counts(before) ? before.since : null;
  if (state === 'drifted') return { since: known ?? at, steps: JSON.stringify(steps) };
  const goesOn = state !== 'aligned' && known !== null;
  return { since: goesOn ? known : null, steps: goesOn ? (before.steps ?? '[]') : '[]' };
}

/** Machines that exist, each with what was found of it last. */
const rowsOf = (db: Db | Write, environment: EnvironmentRef) =>
  db
    .selectFrom('machines')
    .leftJoin('drift', (join) =>
      join
        .onRef('drift.fleet_uid', '=', 'machines.fleet_uid')
        .onRef('drift.environment', '=', 'machines.environment')
        .onRef('drift.machine', '=', 'machines.machine'),
    )
    .leftJoin('clean_groups', (join) =>
      join
        .onRef('clean_groups.fleet_uid', '=', 'machines.fleet_uid')
        .onRef('clean_groups.environment', '=', 'machines.environment')
        .onRef('clean_groups.site', '=', 'machines.site')
        .onRef('clean_groups.group_name', '=', 'machines.group_name'),
    )
    .select(['machines.machine', 'machines.site', 'machines.group_name', 'machines.last_outcome'])
    .select(['machines.assigned as admitted', 'machines.since as begun'])
    .select(['drift.scan', 'drift.at', 'drift.state', 'drift.assigned', 'drift.since', 'drift.steps'])
    .select(['drift.reason', 'drift.unmendable', 'clean_groups.at as clean'])
    .where('machines.fleet_uid', '=', environment.fleetUid)
    .where('machines.environment', '=', environment.environment)
    .where('machines.forgotten', '=', 0)
    .where('machines.last_outcome', '!=', 'destroyed')
    .orderBy('machines.machine')
    .execute();

type Joined = Awaited<ReturnType<typeof rowsOf>>[number];

const saysHowItIs: readonly string[] = ['applied', 'aligned', 'rolled-back-verified', 'running'];

/** What a change that began later left behind is newer, and drift from another bundle is none from this one. */
function counts({ at, begun, assigned, admitted, last_outcome: last }: Joined): boolean {
  if (at === null || (assigned !== null && assigned !== admitted)) return false;
  return begun <= at || !saysHowItIs.includes(last);
}

export async function driftOf(db: Db | Write, environment: EnvironmentRef): Promise<DriftRow[]> {
  return (await rowsOf(db, environment)).filter(counts).map(toRow);
}

const toRow = (row: Joined): DriftRow => ({
  ...{ machine: row.machine, site: row.site, group: row.group_name },
  ...{ scan: row.scan ?? '', at: row.at ?? '', since: row.since, clean: row.clean !== null },
  state: row.state as ScannedMachine['state'],
  steps: JSON.parse(row.steps ?? '[]') as DriftRow['steps'],
  ...(row.assigned !== null && { assigned: row.assigned }),
  ...(row.reason !== null && { reason: row.reason }),
  ...(row.unmendable !== null && { unmendable: row.unmendable }),
});

/** A machine that the scan has no word of keeps its group from being clean. */
export async function noteClean(
  tx: Write,
  environment: EnvironmentRef,
  { site, scan, at }: { readonly site: string; readonly scan: string; readonly at: string },
): Promise<void> {
  const here = (await rowsOf(tx, environment)).filter((row) => row.site === site);
  const isAligned = (row: Joined): boolean => row.scan === scan && row.state === 'aligned' && counts(row);
  const groups = [...new Set(here.map((row) => row.group_name))].filter((group) =>
    here.filter((row) => row.group_name === group).every(isAligned),
  );
  if (groups.length === 0) return;
  await tx
    .insertInto('clean_groups')
    .values(groups.map((group_name) => ({ ...place(environment), site, group_name, at })))
    .onConflict((oc) => oc.doNothing())
    .execute();
}

export async function putScan(tx: Write, entry: ScanEntry): Promise<void> {
  const { scan, site, mode, startedAt, endedAt, counts: found, mended, change } = entry;
  const said = { ...found, mended, ended_at: endedAt, change_id: change };
  await tx
    .insertInto('scans')
    .values({ id: scan, ...place(entry), site, mode, started_at: startedAt, ...said })
    .onConflict((oc) => oc.column('id').doUpdateSet(said))
    .execute();
}

export async function scans(db: Db, environment: EnvironmentRef, limit: number): Promise<ScanEntry[]> {
  const rows = await db
    .selectFrom('scans')
    .selectAll()
    .where((eb) => eb.and(place(environment)))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ aligned, drifted, failed, unobserved, ...row }) => ({
    ...environment,
    ...{ scan: row.id, site: row.site, mode: row.mode as ScanEntry['mode'] },
    ...{ startedAt: row.started_at, endedAt: row.ended_at, mended: row.mended, change: row.change_id },
    counts: { aligned, drifted, failed, unobserved },
  }));
}
