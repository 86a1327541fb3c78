import type { Kysely } from 'kysely';
import type {
  Base,
  Change,
  EnvironmentRef,
  Hold,
  InstanceInfo,
  MachineBase,
  MachineRef,
} from '../model/index.js';
import { evidenceOf, groupBy, keyOf, phasesOf, receiptsOf, toPhase, toReceipt } from './details.js';
import type { AnswerEntry, ChangeRow, HistoryRow, MachineRow } from './port.js';
import type { OutcomeBody, RecordSchema } from './schema.js';

type Db = Kysely<RecordSchema>;

const place = (e: EnvironmentRef) => ({ fleet_uid: e.fleetUid, environment: e.environment });

export async function base(db: Db, environment: EnvironmentRef): Promise<Base> {
  const rows = await machines(db, environment, new Date(0));
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

/** Without those that were destroyed or forgotten: they are history. */
export async function machines(db: Db, environment: EnvironmentRef, now: Date): Promise<MachineRow[]> {
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
    .where('forgotten', '=', 0)
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
      hold: holdOf(row.hold, now),
      drained: row.drained,
      forgotten: row.forgotten !== 0,
      updatedAt: row.updated_at,
    }));
}

/** null where its end has passed. */
function holdOf(stored: string | null, now: Date): Hold | null {
  const hold = stored === null ? null : (JSON.parse(stored) as Hold);
  return hold?.until !== undefined && Date.parse(hold.until) <= now.getTime() ? null : hold;
}

/** Names of machines that were given up. */
export async function forgotten(db: Db, environment: EnvironmentRef): Promise<string[]> {
  const rows = await db
    .selectFrom('machines')
    .select('machine')
    .where((eb) => eb.and(place(environment)))
    .where('forgotten', '=', 1)
    .orderBy('machine')
    .execute();
  return rows.map(({ machine }) => machine);
}

export async function answers(db: Db, changeId: string): Promise<AnswerEntry[]> {
  const rows = await db
    .selectFrom('answers')
    .selectAll()
    .where('change_id', '=', changeId)
    .orderBy('n')
    .execute();
  return rows.map(({ change_id, answer, reason, ...row }) => ({
    ...{ changeId: change_id, ...row },
    answer: answer as AnswerEntry['answer'],
    ...(reason !== null && { reason }),
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

/** Quotes within JSON strings are escaped, so that a key and its value stand nowhere else. */
export async function lastOfRevision(
  db: Db,
  environment: EnvironmentRef,
  revision: string,
): Promise<ChangeRow | undefined> {
  const row = await selectChanges(db, environment)
    .where('endings.outcome', 'is not', null)
    .where('changes.body', 'like', `%"revision":${JSON.stringify(revision)}%`)
    .where('changes.body', 'not like', '%"verb":"exec"%')
    .where('changes.body', 'not like', '%"verb":"check"%')
    .orderBy('changes.run', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && toChange(row);
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
    const { group = null, ...outcome } = JSON.parse(row.body) as OutcomeBody;
    return {
      run: row.run,
      changeId: row.change_id,
      verb,
      commit: commit ?? null,
      startedBy,
      startedAt,
      machine: row.machine,
      group,
      outcome: { ...outcome, phases: (phases.get(keyOf(row)) ?? []).map(toPhase) },
      receipts: (receipts.get(keyOf(row)) ?? []).map(toReceipt),
      evidence: Object.fromEntries(
        (evidence.get(keyOf(row)) ?? []).map(({ name, digest }) => [name, digest]),
      ),
    };
  });
}
