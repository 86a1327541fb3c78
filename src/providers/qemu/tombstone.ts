import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { failure } from './fail.js';
import { exists, readText, writeOnce } from './files.js';
import type { Layout } from './layout.js';

/** What is left of a destroyed instance, so that no attempt to create it which wakes up later makes a ghost. */
export interface Tombstone {
  readonly instance: string;
  readonly at: string;
}

export async function bury(layout: Layout, instance: string): Promise<void> {
  const path = layout.tombstone(instance);
  await mkdir(dirname(path), { recursive: true });
  await writeOnce(
    path,
    `${JSON.stringify({ instance, at: new Date().toISOString() } satisfies Tombstone)}\n`,
  );
}

export const isBuried = (layout: Layout, instance: string): Promise<boolean> =>
  exists(layout.tombstone(instance));

/** Throws MW-CREATE-TOMBSTONE when the instance was destroyed. */
export async function refuseTombstone(layout: Layout, instance: string): Promise<void> {
  const text = await readText(layout.tombstone(instance));
  if (text === undefined) return;
  throw failure('MW-CREATE-TOMBSTONE', `${instance} was destroyed and is never created again`, {
    cause: 'cancelled',
    detail: [text.trim()],
    remedy: 'a new change makes a new instance',
  });
}
