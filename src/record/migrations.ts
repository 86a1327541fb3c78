import { type Kysely, type Migration, type MigrationProvider, Migrator } from 'kysely';
import { MillwrightError } from '../model/index.js';
import type { RecordSchema } from './schema.js';

type Columns = Readonly<Record<string, 'text' | 'text?' | 'integer'>>;

const environment = { fleet_uid: 'text', environment: 'text' } as const;
const underChange = { change_id: 'text', machine: 'text' } as const;

const first: Migration = {
  async up(db: Kysely<unknown>) {
    const table = (name: string, columns: Columns, key: string[]) => createTable(db, name, columns, key);
    await table('ordinals', { ...environment, last: 'integer' }, ['fleet_uid', 'environment']);
    await table('changes', { id: 'text', ...environment, run: 'integer', body: 'text' }, ['id']);
    await table('endings', { change_id: 'text', outcome: 'text', ended_at: 'text' }, ['change_id']);
    await table('machines', machineColumns, ['fleet_uid', 'environment', 'machine']);
    await table('outcomes', { ...underChange, ...environment, body: 'text' }, ['change_id', 'machine']);
    await table('phases', phaseColumns, ['change_id', 'machine', 'phase']);
    await table('receipts', receiptColumns, ['change_id', 'machine', 'step']);
    await table('evidence', { ...underChange, name: 'text', digest: 'text' }, [
      'change_id',
      'machine',
      'name',
    ]);
    await table('debts', { ...environment, machine: 'text', debt: 'text' }, [
      'fleet_uid',
      'environment',
      'machine',
      'debt',
    ]);
    await db.schema
      .createIndex('changes_run')
      .ifNotExists()
      .unique()
      .on('changes')
      .columns(['fleet_uid', 'environment', 'run'])
      .execute();
    await db.schema
      .createIndex('outcomes_machine')
      .ifNotExists()
      .on('outcomes')
      .columns(['fleet_uid', 'environment', 'machine', 'change_id'])
      .execute();
  },
};

const machineColumns: Columns = {
  ...environment,
  machine: 'text',
  fleet: 'text',
  site: 'text',
  group_name: 'text',
  instance: 'text?',
  assigned: 'text?',
  verified: 'text?',
  last_change: 'text',
  last_outcome: 'text',
  updated_at: 'text',
};

const phaseColumns: Columns = {
  ...underChange,
  phase: 'text',
  position: 'integer',
  state: 'text',
  started_at: 'text?',
  ended_at: 'text?',
  reason: 'text?',
};

const receiptColumns: Columns = {
  ...underChange,
  step: 'text',
  position: 'integer',
  hash: 'text',
  state: 'text',
  reason: 'text?',
  duration_ms: 'integer',
  fingerprints: 'text?',
};

async function createTable(
  db: Kysely<unknown>,
  name: string,
  columns: Columns,
  key: string[],
): Promise<void> {
  let builder = db.schema.createTable(name).ifNotExists();
  for (const [column, type] of Object.entries(columns))
    builder = builder.addColumn(column, type === 'integer' ? 'integer' : 'text', (spec) =>
      type === 'text?' ? spec : spec.notNull(),
    );
  await builder.addPrimaryKeyConstraint(`${name}_key`, key as never).execute();
}

/**
 * By name, in order. A released one is never changed: the next one is added. Each must bear to be run again: Kysely runs
 * them on SQLite without a transaction, so a death in the middle leaves a part.
 */
const migrations: Readonly<Record<string, Migration>> = { '001-first': first };

const provider: MigrationProvider = { getMigrations: async () => ({ ...migrations }) };

export async function pendingMigrations(db: Kysely<RecordSchema>): Promise<string[]> {
  const all = await new Migrator({ db, provider }).getMigrations();
  return all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/** Brings the schema up to date and names what was run. */
export async function migrate(db: Kysely<RecordSchema>): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  if (error === undefined)
    return (results ?? []).filter(({ status }) => status === 'Success').map((result) => result.migrationName);
  // Another process may have migrated at the same moment.
  if ((await pendingMigrations(db)).length === 0) return [];
  throw error;
}

export function migrateFirst(pending: readonly string[]): MillwrightError {
  return new MillwrightError(
    {
      code: 'MW-RECORD-MIGRATE',
      cause: 'infrastructure',
      message: `The record lacks ${pending.length === 1 ? 'a migration' : `${pending.length} migrations`}: ${pending.join(', ')}.`,
      remedy: 'millwright doctor --migrate',
    },
    false,
  );
}
