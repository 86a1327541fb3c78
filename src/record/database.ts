import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, PostgresDialect, SqliteDialect } from 'kysely';
import { MillwrightError } from '../model/index.js';
import type { RecordSchema } from './schema.js';

const maxConnections = 8;

/** better-sqlite3 blocks the process while it waits, so it waits shortly and `whenFree` goes on waiting. */
const sqliteWaitMs = 20;

/** `sqlite://<absolute path>`, or `postgres://…`; connects at the first query. */
export function openDatabase(url: string): Kysely<RecordSchema> {
  if (/^postgres(ql)?:\/\//.test(url)) return new Kysely({ dialect: postgres(url) });
  const path = /^sqlite:\/\/(\/.+)$/.exec(url)?.[1];
  if (path !== undefined) return new Kysely({ dialect: sqlite(path) });
  throw new MillwrightError(
    {
      code: 'MW-RECORD-URL',
      cause: 'infrastructure',
      message: `"${redactUrl(url)}" names no record.`,
      remedy: 'Write record: sqlite:///absolute/path/record.db or postgres://… in the settings.',
    },
    false,
  );
}

function sqlite(path: string): SqliteDialect {
  return new SqliteDialect({
    database: async () => {
      const { default: Database } = await import('better-sqlite3');
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const database = new Database(path, { timeout: sqliteWaitMs });
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = normal');
      return database;
    },
  });
}

function postgres(url: string): PostgresDialect {
  return new PostgresDialect({
    pool: async () => {
      const { default: pg } = await import('pg');
      const pool = new pg.Pool({ connectionString: url, max: maxConnections });
      // An idle connection that dies would end the process; the next query opens another.
      pool.on('error', () => undefined);
      return pool;
    },
  });
}

/** Runs work again while another connection holds the database, for at most `forMs`. */
export async function whenFree<T>(work: () => Promise<T>, forMs = 30_000): Promise<T> {
  for (const until = Date.now() + forMs; ; ) {
    try {
      return await work();
    } catch (error) {
      if (!isBusy(error) || Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5 + Math.random() * 45));
    }
  }
}

/** SQLite: locked by another connection. PostgreSQL: a deadlock or a serialization failure, of which we are the victim. */
function isBusy(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^(SQLITE_BUSY|40P01|40001)/.test(code);
}

const redactUrl = (url: string): string => url.replace(/\/\/[^@/]*@/, '//');
