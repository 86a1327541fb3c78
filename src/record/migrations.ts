import {
  type ColumnDefinitionBuilder,
  type Kysely,
  type Migration,
  type MigrationProvider,
  Migrator,
} from 'kysely';
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

const failure: Migration = {
  async up(db: Kysely<unknown>) {
    await createTable(db, 'answers', answerColumns, ['change_id', 'n']);
    await addColumn(db, 'machines', 'hold', 'text', (spec) => spec);
    await addColumn(db, 'machines', 'forgotten', 'integer', (spec) => spec.notNull().defaultTo(0));
  },
};

/** What a step changed on the machine. */
const diff: Migration = {
  up: (db: Kysely<unknown>) => addColumn(db, 'receipts', 'diff', 'text', (spec) => spec),
};

/** Entries of one machine are ordered by when their work was begun. */
const since: Migration = {
  up: (db: Kysely<unknown>) =>
    addColumn(db, 'machines', 'since', 'text', (spec) => spec.notNull().defaultTo('')),
};

/** What scheduled scans found. */
const drift: Migration = {
  async up(db: Kysely<unknown>) {
    const machine = ['fleet_uid', 'environment', 'machine'];
    await createTable(db, 'drift', driftColumns, machine);
    await createTable(db, 'scans', scanColumns, ['id']);
    const clean = { ...environment, site: 'text', group_name: 'text', at: 'text' } as const;
    await createTable(db, 'clean_groups', clean, ['fleet_uid', 'environment', 'site', 'group_name']);
  },
};

const driftColumns: Columns = {
  ...{ ...environment, machine: 'text', scan: 'text', at: 'text', state: 'text' },
  ...{ assigned: 'text?', since: 'text?', steps: 'text', reason: 'text?', unmendable: 'text?' },
};

const scanColumns: Columns = {
  ...{ id: 'text', ...environment, site: 'text', mode: 'text', started_at: 'text', ended_at: 'text' },
  ...{ aligned: 'integer', drifted: 'integer', failed: 'integer', unobserved: 'integer' },
  ...{ mended: 'integer', change_id: 'text?' },
};

const votes: Migration = {
  up: (db: Kysely<unknown>) => createTable(db, 'votes', voteColumns, ['change_id', 'id']),
};

const voteColumns: Columns = {
  ...{ change_id: 'text', id: 'text', gate: 'text', decision: 'text', by: 'text', how: 'text' },
  ...{ reason: 'text?', reference: 'text?', policy: 'text?', key: 'text?' },
  ...{ evidence: 'text?', at: 'text' },
};

/** Machines that were taken out of use, and where. */
const drained: Migration = {
  up: (db: Kysely<unknown>) => addColumn(db, 'machines', 'drained', 'text', (spec) => spec),
};

const answerColumns: Columns = {
  ...{ change_id: 'text', n: 'integer', answer: 'text', machine: 'text?' },
  ...{ by: 'text', reason: 'text?', at: 'text' },
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

/** SQLite has no "add column if not exists". */
async function addColumn(
  db: Kysely<unknown>,
  table: string,
  column: string,
  type: 'text' | 'integer',
  spec: (builder: ColumnDefinitionBuilder) => ColumnDefinitionBuilder,
): Promise<void> {
  const tables = await db.introspection.getTables();
  const known = tables.find(({ name }) => name === table)?.columns ?? [];
  if (known.some(({ name }) => name === column)) return;
  await db.schema.alterTable(table).addColumn(column, type, spec).execute();
}

/**
 * By name, in order. A released one is never changed: the next one is added. Each must bear to be run again: Kysely runs
 * them on SQLite without a transaction, so a death in the middle leaves a part.
 */
const migrations: Readonly<Record<string, Migration>> = {
  '001-first': first,
  '002-failure': failure,
  '003-diff': diff,
  '004-since': since,
  '005-votes': votes,
  '006-drift': drift,
  '007-drained': drained,
};

const provider: MigrationProvider = { getMigrations: async () => ({ ...migrations }) };

export async function pendingMigrations(db: Kysely<RecordSchema>): Promise<string[]> {
  const all = await new Migrator({ db, provider }).getMigrations();
  return all.filter(({ executedAt }) => executedAt === undefined).map(({ name }) => name);
}

/**
 * Brings the schema up to date and names what was run. On SQLite nothing keeps another process from migrating at the same
 * moment: both trip over each other's work, and go on from what is there.
 */
export async function migrate(db: Kysely<RecordSchema>, tries = 10): Promise<string[]> {
  const { error, results } = await new Migrator({ db, provider }).migrateToLatest();
  const done = (results ?? []).filter(({ status }) => status === 'Success');
  const names = done.map(({ migrationName }) => migrationName);
  if (error === undefined || (await pendingMigrations(db)).length === 0) return names;
  if (tries === 1) throw error;
  await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 80));
  return [...names, ...(await migrate(db, tries - 1))];
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
