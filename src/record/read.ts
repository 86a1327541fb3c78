import type { Kysely } from 'kysely';
import type { Base, Change, EnvironmentRef, InstanceInfo, MachineBase, MachineRef } from '../model/index.js';
import { evidenceOf, groupBy, keyOf, phasesOf, receiptsOf, toPhase, toReceipt } from './details.js';
import type { ChangeRow, HistoryRow, MachineRow } from './port.js';
import type { RecordSchema } from './schema.js';

type Db = Kysely<RecordSchema>;

const place = (e: EnvironmentRef) => ({ fleet_uid: e.fleetUid, environment: e.environment });

export async function base(db: Db, environment: EnvironmentRef): Promise<Base> {
  const rows = await machines(db, environment);
  return Object.fromEntries(
    rows.flatMap((row): [string, MachineBase][] => {
      const { instance, assigned, verified, site, group } = row;
      if (!instance) return [];
      const { shape, protect } = instance;
      return [
        [row.ref.machine, { instance: instance.instance, assigned, verified, shape, site, group, protect }],
      ];
    }),
  );
}

/** Without those that were destroyed: they are history. */
export async function machines(db: Db, environment: EnvironmentRef): Promise<MachineRow[]> {
  const here = place(environment);
  const debts = await db
    .selectFrom('debts')
    .select(['machine', 'debt'])
    .where((eb) => eb.and(here))
    .orderBy('debt')
    .execute();
  const owed = groupBy(debts, ({ machine }) => machine);
  const rows = await db
    .selectFrom('machines')
    .selectAll()
    .where((eb) => eb.and(here))
    .orderBy('machine')
    .execute();
  return rows
    .filter((row) => row.instance !== null || row.last_outcome !== 'destroyed')
    .map((row) => ({
      ref: { fleet: row.fleet, ...environmentOf(row), machine: row.machine },
      site: row.site,
      group: row.group_name,
      instance: row.instance === null ? null : (JSON.parse(row.instance) as InstanceInfo),
      assigned: row.assigned,
      verified: row.verified,
      lastChange: row.last_change,
      lastOutcome: row.last_outcome,
      debts: (owed.get(row.machine) ?? []).map(({ debt }) => debt),
      updatedAt: row.updated_at,
    }));
}

const environmentOf = (row: { fleet_uid: string; environment: string }) => ({
  fleetUid: row.fleet_uid,
  environment: row.environment,
});

/** `run` is an ordinal or a ULID. */
export async function change(
  db: Db,
  environment: EnvironmentRef,
  run: string,
): Promise<ChangeRow | undefined> {
  const query = selectChanges(db, environment);
  const one = /^\d{1,9}$/.test(run)
    ? query.where('changes.run', '=', Number(run))
    : query.where('changes.id', '=', run.toUpperCase());
  const row = await one.executeTakeFirst();
  return row && toChange(row);
}

/** Newest first. */
export async function changes(db: Db, environment: EnvironmentRef, limit: number): Promise<ChangeRow[]> {
  const rows = await selectChanges(db, environment).orderBy('changes.run', 'desc').limit(limit).execute();
  return rows.map(toChange);
}

function selectChanges(db: Db, environment: EnvironmentRef) {
  return db
    .selectFrom('changes')
    .leftJoin('endings', 'endings.change_id', 'changes.id')
    .select(['changes.run', 'changes.body', 'endings.outcome', 'endings.ended_at'])
    .where('changes.fleet_uid', '=', environment.fleetUid)
    .where('changes.environment', '=', environment.environment);
}

const toChange = (row: {
  run: number;
  body: string;
  outcome: string | null;
  ended_at: string | null;
}): ChangeRow => ({
  change: JSON.parse(row.body) as Change,
  run: row.run,
  outcome: row.outcome,
  endedAt: row.ended_at,
});

/** Newest first; with `step`, the changes that have a receipt of it, and only that receipt. */
export async function history(
  db: Db,
  ref: MachineRef,
  options: { step?: string; limit?: number } = {},
): Promise<HistoryRow[]> {
  const { step, limit = 100 } = options;
  let query = selectOutcomes(db)
    .where('outcomes.fleet_uid', '=', ref.fleetUid)
    .where('outcomes.environment', '=', ref.environment)
    .where('outcomes.machine', '=', ref.machine);
  if (step !== undefined)
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('receipts')
          .select('receipts.step')
          .whereRef('receipts.change_id', '=', 'outcomes.change_id')
          .whereRef('receipts.machine', '=', 'outcomes.machine')
          .where('receipts.step', '=', step),
      ),
    );
  const found = await query.orderBy('outcomes.change_id', 'desc').limit(limit).execute();
  const rows = await complete(db, found);
  return step === undefined
    ? rows
    : rows.map((row) => ({ ...row, receipts: row.receipts.filter((receipt) => receipt.step === step) }));
}

/** By machine name. */
export async function outcomes(db: Db, changeId: string): Promise<HistoryRow[]> {
  const found = await selectOutcomes(db)
    .where('outcomes.change_id', '=', changeId)
    .orderBy('outcomes.machine')
    .execute();
  return complete(db, found);
}

const selectOutcomes = (db: Db) =>
  db
    .selectFrom('outcomes')
    .innerJoin('changes', 'changes.id', 'outcomes.change_id')
    .select([
      'outcomes.change_id',
      'outcomes.machine',
      'outcomes.body',
      'changes.run',
      'changes.body as change',
    ]);

type OutcomeRow = Awaited<ReturnType<ReturnType<typeof selectOutcomes>['execute']>>[number];

async function complete(db: Db, rows: readonly OutcomeRow[]): Promise<HistoryRow[]> {
  const under = {
    changes: [...new Set(rows.map((row) => row.change_id))],
    machine: new Set(rows.map((row) => row.machine)).size === 1 ? rows[0]?.machine : undefined,
  };
  if (under.changes.length === 0) return [];
  const phases = groupBy(await phasesOf(db, under), keyOf);
  const receipts = groupBy(await receiptsOf(db, under), keyOf);
  const evidence = groupBy(await evidenceOf(db, under), keyOf);
  return rows.map((row) => {
    const { verb, commit, startedBy, startedAt } = JSON.parse(row.change) as Change;
    return {
      run: row.run,
      changeId: row.change_id,
      verb,
      commit: commit ?? null,
      startedBy,
      startedAt,
      machine: row.machine,
      outcome: { ...JSON.parse(row.body), phases: (phases.get(keyOf(row)) ?? []).map(toPhase) },
      receipts: (receipts.get(keyOf(row)) ?? []).map(toReceipt),
      evidence: Object.fromEntries(
        (evidence.get(keyOf(row)) ?? []).map(({ name, digest }) => [name, digest]),
      ),
    };
  });
}
