import pg from 'pg';
import type { Digest } from '../model/index.js';
import { checkedPrefix, digestBytes, findLimit, toBytes } from './digest.js';
import { corrupt, missing, notReady, unavailable } from './errors.js';
import type { MigratableStore } from './port.js';

/** Collation C: a prefix search by `like` can then use the primary key's index. */
const schema = `
  create table if not exists millwright_store (
    digest text collate "C" primary key check (digest ~ '^[0-9a-f]{64}$'),
    bytes bytea not null
  )`;
const undefinedTable = '42P01';

/** A store in a PostgreSQL table, for workers on many hosts. */
export function postgresStore(url: string): MigratableStore {
  const pool = new pg.Pool({ connectionString: url, max: 8, connectionTimeoutMillis: 10_000 });
  const place = withoutPassword(url);
  // An idle connection that breaks is replaced by the next query, which reports what it meets.
  pool.on('error', () => {});
  const rows = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> => {
    try {
      return (await pool.query<Row>(sql, values)).rows;
    } catch (error) {
      if (error instanceof pg.DatabaseError && error.code === undefinedTable) throw notReady(place);
      throw unavailable(place, error);
    }
  };
  return {
    put: async (content) => {
      const bytes = toBytes(content);
      const digest = digestBytes(bytes);
      if (await hasRow(rows, digest)) return digest;
      await rows('insert into millwright_store values ($1, $2) on conflict do nothing', [digest, bytes]);
      return digest;
    },
    get: (digest) => getRow(rows, place, digest),
    has: (digest) => hasRow(rows, digest),
    find: async (prefix) => findRows(rows, checkedPrefix(prefix)),
    pendingMigrations: () => pending(rows),
    migrate: () => migrate(pool, rows, place),
    close: () => pool.end(),
  };
}

type Rows = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Asked before an insert so that bytes which are there already do not travel. */
const hasRow = async (rows: Rows, digest: Digest): Promise<boolean> =>
  (await rows('select 1 from millwright_store where digest = $1', [digest])).length > 0;

async function getRow(rows: Rows, place: string, digest: Digest): Promise<Uint8Array> {
  const [row] = await rows<{ bytes: Buffer }>('select bytes from millwright_store where digest = $1', [
    digest,
  ]);
  if (!row) throw missing(digest, place);
  const found = digestBytes(row.bytes);
  if (found !== digest) throw corrupt(digest, found, `table millwright_store of ${place}`);
  return row.bytes;
}

async function findRows(rows: Rows, prefix: string): Promise<Digest[]> {
  const sql = 'select digest from millwright_store where digest like $1 order by digest limit $2';
  return (await rows<{ digest: Digest }>(sql, [`${prefix}%`, findLimit])).map((row) => row.digest);
}

async function pending(rows: Rows): Promise<string[]> {
  const [row] = await rows<{ found: string | null }>("select to_regclass('millwright_store') as found");
  return row?.found ? [] : ['create table millwright_store'];
}

/** Two processes that migrate at once take turns: `create table if not exists` alone may collide. */
async function migrate(pool: pg.Pool, rows: Rows, place: string): Promise<string[]> {
  const todo = await pending(rows);
  if (todo.length === 0) return [];
  const client = await pool.connect().catch((error: unknown) => {
    throw unavailable(place, error);
  });
  try {
    await client.query('begin');
    await client.query("select pg_advisory_xact_lock(hashtext('millwright_store'))");
    await client.query(schema);
    await client.query('commit');
    return todo;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw unavailable(place, error);
  } finally {
    client.release();
  }
}

/** The URL as it may be shown. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  shown.password = '';
  shown.searchParams.delete('password');
  return shown.href;
}
