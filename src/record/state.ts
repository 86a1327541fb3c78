import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import { type EnvironmentRef, MillwrightError } from '../model/index.js';
import type { RecordState } from './port.js';
import type { RecordSchema } from './schema.js';

const place = { fleet_uid: z.string(), environment: z.string() };
const machine = z.object({
  ...{ ...place, machine: z.string(), fleet: z.string(), site: z.string(), group_name: z.string() },
  ...{ instance: z.string().nullable(), assigned: z.string().nullable(), verified: z.string().nullable() },
  ...{ last_change: z.string(), last_outcome: z.string(), updated_at: z.string() },
  ...{ hold: z.string().nullable(), forgotten: z.number().int(), since: z.string().default('') },
  drained: z.string().nullable().default(null),
});
const change = z.object({ id: z.string(), ...place, run: z.number().int(), body: z.string() });
const outcome = z.object({ change_id: z.string(), machine: z.string(), ...place, body: z.string() });

const stateSchema = z.object({
  version: z.literal(1),
  rows: z.object({
    ordinals: z.array(z.object({ ...place, last: z.number().int() })),
    machines: z.array(machine),
    debts: z.array(z.object({ ...place, machine: z.string(), debt: z.string() })),
    changes: z.array(change),
    endings: z.array(z.object({ change_id: z.string(), outcome: z.string(), ended_at: z.string() })),
    outcomes: z.array(outcome),
  }),
});

type Rows = z.infer<typeof stateSchema>['rows'];
type Db = Kysely<RecordSchema>;
type Write = Transaction<RecordSchema>;

/** History isn't part of it, but for the last change of each machine and what became of the machine under it. */
export async function exportState(db: Db, environment?: EnvironmentRef): Promise<RecordState> {
  const here = environment && { fleet_uid: environment.fleetUid, environment: environment.environment };
  const all = here ?? {};
  const isLast = db
    .selectFrom('machines')
    .where((eb) => eb.and(all))
    .select('last_change');
  const rows: Rows = {
    ordinals: await db
      .selectFrom('ordinals')
      .selectAll()
      .where((eb) => eb.and(all))
      .execute(),
    machines: await db
      .selectFrom('machines')
      .selectAll()
      .where((eb) => eb.and(all))
      .execute(),
    debts: await db
      .selectFrom('debts')
      .selectAll()
      .where((eb) => eb.and(all))
      .execute(),
    changes: await db.selectFrom('changes').selectAll().where('id', 'in', isLast).execute(),
    endings: await db.selectFrom('endings').selectAll().where('change_id', 'in', isLast).execute(),
    outcomes: await lastOutcomes(db, here),
  };
  return { version: 1, rows };
}

const lastOutcomes = (db: Db, here: { fleet_uid: string; environment: string } | undefined) =>
  db
    .selectFrom('outcomes')
    .innerJoin('machines', (join) =>
      join
        .onRef('machines.fleet_uid', '=', 'outcomes.fleet_uid')
        .onRef('machines.environment', '=', 'outcomes.environment')
        .onRef('machines.machine', '=', 'outcomes.machine')
        .onRef('machines.last_change', '=', 'outcomes.change_id'),
    )
    .selectAll('outcomes')
    .$if(here !== undefined, (query) =>
      query
        .where('outcomes.fleet_uid', '=', here?.fleet_uid ?? '')
        .where('outcomes.environment', '=', here?.environment ?? ''),
    )
    .execute();

/** What is newer here stays, so that a restore over a living record takes nothing back. */
export async function importState(tx: Write, state: unknown): Promise<void> {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) throw noState(parsed.error.issues[0]);
  const { ordinals, machines, debts, changes, endings, outcomes } = parsed.data.rows;
  for (const row of ordinals) await putOrdinal(tx, row);
  for (const row of machines)
    if (await putRow(tx, row)) {
      const owed = debts.filter((debt) => sameMachine(debt, row));
      if (owed.length > 0) await tx.insertInto('debts').values(owed).execute();
    }
  for (const row of changes) await insertNew(tx, 'changes', row);
  for (const row of endings) await insertNew(tx, 'endings', row);
  for (const row of outcomes) await insertNew(tx, 'outcomes', row);
}

const putOrdinal = (tx: Write, row: Rows['ordinals'][number]) =>
  tx
    .insertInto('ordinals')
    .values(row)
    .onConflict((oc) =>
      oc
        .columns(['fleet_uid', 'environment'])
        .doUpdateSet({ last: row.last })
        .where('ordinals.last', '<', row.last),
    )
    .execute();

/** Whether it was written; its debts are then cleared. */
async function putRow(tx: Write, row: Rows['machines'][number]): Promise<boolean> {
  const { fleet_uid, environment, machine: name, ...rest } = row;
  const written = await tx
    .insertInto('machines')
    .values(row)
    .onConflict((oc) =>
      oc
        .columns(['fleet_uid', 'environment', 'machine'])
        .doUpdateSet(rest)
        .where('machines.last_change', '<', row.last_change),
    )
    .returning('machine')
    .executeTakeFirst();
  if (!written) return false;
  await tx
    .deleteFrom('debts')
    .where((eb) => eb.and({ fleet_uid, environment, machine: name }))
    .execute();
  return true;
}

type Key = Readonly<Record<'fleet_uid' | 'environment' | 'machine', string>>;

const sameMachine = (a: Key, b: Key): boolean =>
  a.machine === b.machine && a.environment === b.environment && a.fleet_uid === b.fleet_uid;

const insertNew = (
  tx: Write,
  table: 'changes' | 'endings' | 'outcomes',
  row: Rows['changes' | 'endings' | 'outcomes'][number],
) =>
  tx
    .insertInto(table)
    .values(row as never)
    .onConflict((oc) => oc.doNothing())
    .execute();

const noState = (issue: { path: PropertyKey[]; message: string } | undefined): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-RECORD-STATE',
      cause: 'change',
      message: `This is no state of a record: ${issue?.path.join('.') || 'all of it'}: ${issue?.message ?? ''}`,
      remedy: 'Restore from a file that `millwright backup` wrote.',
    },
    false,
  );
