import { MillwrightError } from '../model/index.js';
import { openRecord } from '../record/index.js';
import type { RunRecord } from '../record/port.js';
import { openStore } from '../store/open.js';
import type { Store } from '../store/port.js';
import type { Context } from './context.js';

export interface Stores {
  readonly record: RunRecord;
  readonly store: Store;
}

/** Opens record and store for one use; says by name when either lacks a migration. */
export async function withStores<T>(context: Context, use: (stores: Stores) => Promise<T>): Promise<T> {
  const settings = context.settings();
  const record = await openRecord(settings.record);
  const store = openStore(settings.store);
  try {
    requireMigrated(settings.record, [
      ...(await record.pendingMigrations()),
      ...(await store.pendingMigrations()),
    ]);
    return await use({ record, store });
  } finally {
    await Promise.allSettled([record.close(), store.close()]);
  }
}

function requireMigrated(place: string, pending: readonly string[]): void {
  if (pending.length === 0) return;
  throw new MillwrightError(
    {
      code: 'MW-RECORD-SCHEMA',
      cause: 'infrastructure',
      message: `The record at ${place.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1@')} is not set up for this version: ${pending.join(', ')}.`,
      remedy: '`millwright dev` does it by itself; elsewhere: millwright doctor --migrate',
    },
    false,
  );
}
