import type { Kysely, Selectable } from 'kysely';
import type { PhaseReport, Receipt } from '../model/index.js';
import type { PhasesTable, ReceiptsTable, RecordSchema } from './schema.js';

/** Which details to read: of these changes, of one machine or of all. */
interface Under {
  readonly changes: readonly string[];
  readonly machine?: string;
}

type Db = Kysely<RecordSchema>;

export const keyOf = (row: { change_id: string; machine: string }): string =>
  `${row.change_id} ${row.machine}`;

export async function phasesOf(db: Db, { changes, machine }: Under) {
  const query = db.selectFrom('phases').selectAll().where('change_id', 'in', changes).orderBy('position');
  return (machine === undefined ? query : query.where('machine', '=', machine)).execute();
}

export async function receiptsOf(db: Db, { changes, machine }: Under) {
  const query = db.selectFrom('receipts').selectAll().where('change_id', 'in', changes).orderBy('position');
  return (machine === undefined ? query : query.where('machine', '=', machine)).execute();
}

export async function evidenceOf(db: Db, { changes, machine }: Under) {
  const query = db.selectFrom('evidence').selectAll().where('change_id', 'in', changes).orderBy('name');
  return (machine === undefined ? query : query.where('machine', '=', machine)).execute();
}

export const toPhase = (row: Selectable<PhasesTable>): PhaseReport => ({
  phase: row.phase as PhaseReport['phase'],
  state: row.state as PhaseReport['state'],
  ...(row.started_at !== null && { startedAt: row.started_at }),
  ...(row.ended_at !== null && { endedAt: row.ended_at }),
  ...(row.reason !== null && { reason: row.reason }),
});

export const toReceipt = (row: Selectable<ReceiptsTable>): Receipt => ({
  step: row.step,
  hash: row.hash,
  state: row.state as Receipt['state'],
  ...(row.reason !== null && { reason: row.reason }),
  durationMs: row.duration_ms,
  ...(row.diff !== null && { diff: row.diff }),
  ...(row.fingerprints !== null && { fingerprints: JSON.parse(row.fingerprints) }),
});

export function groupBy<T>(rows: readonly T[], key: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const group = groups.get(key(row));
    if (group) group.push(row);
    else groups.set(key(row), [row]);
  }
  return groups;
}
