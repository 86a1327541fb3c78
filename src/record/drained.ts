import type { Kysely } from 'kysely';
import type { EnvironmentRef } from '../model/index.js';
import type { RecordSchema } from './schema.js';

/** Machines that were taken out of use, each with the machine at which that was done. */
export async function drained(
  db: Kysely<RecordSchema>,
  { fleetUid, environment }: EnvironmentRef,
): Promise<Record<string, string>> {
  const rows = await db
    .selectFrom('machines')
    .select(['machine', 'drained'])
    .where((eb) => eb.and({ fleet_uid: fleetUid, environment }))
    .where('drained', 'is not', null)
    .where('forgotten', '=', 0)
    .execute();
  return Object.fromEntries(
    rows.flatMap((row) => (row.drained === null ? [] : [[row.machine, row.drained]])),
  );
}
