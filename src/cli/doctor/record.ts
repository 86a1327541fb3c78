import { openRecord } from '../../record/index.js';
import { openStore } from '../../store/open.js';
import type { Context } from '../context.js';
import type { Component, Finding } from './types.js';

interface Migratable {
  pendingMigrations(): Promise<string[]>;
  migrate(): Promise<string[]>;
  close(): Promise<void>;
}

const component = (
  name: string,
  place: (context: Context) => string,
  open: (url: string) => Migratable | Promise<Migratable>,
): Component => ({
  name,
  inspect: async (context) => {
    const url = place(context);
    const opened = await open(url);
    try {
      return finding(withoutPassword(url), await opened.pendingMigrations());
    } finally {
      await opened.close();
    }
  },
});

function finding(place: string, pending: readonly string[]): Finding {
  if (pending.length === 0) return { state: 'ok', text: place };
  return {
    state: 'warning',
    text: `${place} needs ${pending.length} migration${pending.length === 1 ? '' : 's'}`,
    remedy: 'millwright doctor --migrate (`millwright dev` does it by itself)',
  };
}

const withoutPassword = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, '//$1@');

export const record = component('record', (context) => context.settings().record, openRecord);
export const store = component('store', (context) => context.settings().store, openStore);

/** Brings record and store to this version's schema; answers the names of the steps that ran. */
export async function migrateAll(context: Context): Promise<string[]> {
  const done: string[] = [];
  for (const opened of [
    await openRecord(context.settings().record),
    await openStore(context.settings().store),
  ]) {
    try {
      done.push(...(await opened.migrate()));
    } finally {
      await opened.close();
    }
  }
  return done;
}
