import type { Kysely, Transaction } from 'kysely';
import { MillwrightError } from '../model/index.js';
import { openDatabase, whenFree } from './database.js';
import { drained } from './drained.js';
import * as drift from './drift.js';
import { migrate, migrateFirst, pendingMigrations } from './migrations.js';
import type { RunRecord } from './port.js';
import * as read from './read.js';
import type { RecordSchema } from './schema.js';
import { exportState, importState } from './state.js';
import * as votes from './votes.js';
import * as write from './write.js';

export type * from './port.js';

/** Opens the record at `sqlite://<absolute path>` or `postgres://…`; the first call connects. */
export function openRecord(url: string, now: () => Date = () => new Date()): RunRecord {
  const db = openDatabase(url);
  const query = queries(db);
  const transaction = <T>(work: (tx: Transaction<RecordSchema>) => Promise<T>) =>
    query(() => db.transaction().execute(work));
  return {
    beginChange: (change) => transaction((tx) => write.beginChange(tx, change)),
    endChange: (id, outcome) => transaction((tx) => write.endChange(tx, id, outcome, now().toISOString())),
    putMachine: (entry) => transaction((tx) => write.putMachine(tx, entry)),
    putAnswer: (answer) => transaction((tx) => write.putAnswer(tx, answer)),
    answers: (changeId) => query(() => read.answers(db, changeId)),
    putVote: (vote) => transaction((tx) => votes.putVote(tx, vote)),
    votes: (changeId) => query(() => votes.votes(db, changeId)),
    putHold: (ref, hold) => transaction((tx) => write.putHold(tx, ref, hold)),
    forget: (ref) => transaction((tx) => write.forget(tx, ref)),
    forgotten: (environment) => query(() => read.forgotten(db, environment)),
    putDrift: (environment, entries) => transaction((tx) => drift.putDrift(tx, environment, entries)),
    drift: (environment) => query(() => drift.driftOf(db, environment)),
    noteClean: (environment, scan) => transaction((tx) => drift.noteClean(tx, environment, scan)),
    putScan: (entry) => transaction((tx) => drift.putScan(tx, entry)),
    scans: (environment, limit) => query(() => drift.scans(db, environment, limit)),
    drained: (environment) => query(() => drained(db, environment)),
    base: (environment) => query(() => read.base(db, environment)),
    machines: (environment) => query(() => read.machines(db, environment, now())),
    change: (environment, run) => query(() => read.change(db, environment, run)),
    changes: (environment, limit) => query(() => read.changes(db, environment, limit)),
    lastOfRevision: (environment, revision) => query(() => read.lastOfRevision(db, environment, revision)),
    history: (ref, options) => query(() => read.history(db, ref, options)),
    outcomes: (changeId) => query(() => read.outcomes(db, changeId)),
    exportState: (environment) => query(() => exportState(db, environment)),
    importState: (state) => transaction((tx) => importState(tx, state)),
    pendingMigrations: () => reached(() => pendingMigrations(db)),
    migrate: () => reached(() => migrate(db)),
    close: () => db.destroy(),
  };
}

/** Runs work only on a migrated record, looking until it once was. */
function queries(db: Kysely<RecordSchema>): <T>(work: () => Promise<T>) => Promise<T> {
  let migrated = false;
  return (work) =>
    reached(async () => {
      const pending = migrated ? [] : await pendingMigrations(db);
      if (pending.length > 0) throw migrateFirst(pending);
      migrated = true;
      return work();
    });
}

async function reached<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await whenFree(work);
  } catch (error) {
    throw error instanceof MillwrightError ? error : unavailable(error);
  }
}

function unavailable(error: unknown): MillwrightError {
  const { code, message } = error as Error & { code?: string };
  return new MillwrightError(
    {
      code: 'MW-RECORD-UNAVAILABLE',
      cause: 'infrastructure',
      message: `The record can't be read or written: ${message || code || String(error)}.`,
      remedy: 'Look whether its database runs and the URL in the settings (record) is right.',
    },
    true,
    { cause: error },
  );
}
