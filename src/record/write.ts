import type { Transaction } from 'kysely';
import type { Change, Hold, MachineRef } from '../model/index.js';
import type { AnswerEntry, MachineEntry } from './port.js';
import type { OutcomeBody, RecordSchema } from './schema.js';
import { ulidTime } from './ulid.js';
import { putEvidence, putPhases, putReceipts } from './writeDetails.js';

type Write = Transaction<RecordSchema>;

/** The row of ordinals serialises begins of one environment, also those of the same change. */
export async function beginChange(tx: Write, change: Change): Promise<{ run: number }> {
  const place = { fleet_uid: change.fleetUid, environment: change.environment };
  const { last } = await tx
    .insertInto('ordinals')
    .values({ ...place, last: 0 })
    .onConflict((oc) =>
      oc.columns(['fleet_uid', 'environment']).doUpdateSet((eb) => ({ last: eb.ref('ordinals.last') })),
    )
    .returning('last')
    .executeTakeFirstOrThrow();
  const known = await tx.selectFrom('changes').select('run').where('id', '=', change.id).executeTakeFirst();
  if (known) return known;
  const run = last + 1;
  await tx
    .updateTable('ordinals')
    .set({ last: run })
    .where('fleet_uid', '=', place.fleet_uid)
    .where('environment', '=', place.environment)
    .execute();
  await tx
    .insertInto('changes')
    .values({ id: change.id, ...place, run, body: JSON.stringify(change) })
    .execute();
  return { run };
}

export async function endChange(
  tx: Write,
  changeId: string,
  outcome: string,
  endedAt: string,
): Promise<void> {
  await tx
    .insertInto('endings')
    .values({ change_id: changeId, outcome, ended_at: endedAt })
    .onConflict((oc) => oc.column('change_id').doUpdateSet({ outcome }))
    .execute();
}

export async function putAnswer(tx: Write, { changeId, reason, ...answer }: AnswerEntry): Promise<void> {
  const row = { change_id: changeId, ...answer, reason: reason ?? null };
  const { change_id: _, n: __, ...said } = row;
  await tx
    .insertInto('answers')
    .values(row)
    .onConflict((oc) => oc.columns(['change_id', 'n']).doUpdateSet(said))
    .execute();
}

export async function putHold(tx: Write, ref: MachineRef, hold: Hold | null): Promise<void> {
  await updateMachine(tx, ref, { hold: holdText(hold) });
}

export async function forget(tx: Write, ref: MachineRef): Promise<void> {
  await updateMachine(tx, ref, { forgotten: 1 });
}

const updateMachine = (tx: Write, ref: MachineRef, set: { hold?: string | null; forgotten?: number }) =>
  tx
    .updateTable('machines')
    .set(set)
    .where((eb) => eb.and(rowOf(ref)))
    .execute();

const rowOf = ({ fleetUid, environment, machine }: MachineRef) => ({
  fleet_uid: fleetUid,
  environment,
  machine,
});

export async function putMachine(tx: Write, entry: MachineEntry): Promise<void> {
  if (!(await putMachineRow(tx, entry))) return;
  await putOutcome(tx, entry);
  await putPhases(tx, entry);
  await putReceipts(tx, entry);
  await putEvidence(tx, entry);
}

const hasEnded = (old: { last_change: string; last_outcome: string }, changeId: string): boolean =>
  old.last_change === changeId && old.last_outcome !== 'running';

/**
 * What the entry doesn't say stays; a new or destroyed instance starts without bundles. What was begun earlier says nothing.
 * False: the entry comes late, written by an attempt that was given up, and what it began has ended since.
 */
async function putMachineRow(tx: Write, entry: MachineEntry): Promise<boolean> {
  const { ref, changeId, instance } = entry;
  const key = rowOf(ref);
  // A write comes first, so that the row is locked before it is read.
  await tx
    .insertInto('machines')
    .values({
      ...key,
      ...describe(entry),
      instance: null,
      assigned: null,
      verified: null,
      last_change: '',
      since: '',
      drained: null,
      forgotten: 0,
    })
    .onConflict((oc) =>
      oc
        .columns(['fleet_uid', 'environment', 'machine'])
        .doUpdateSet((eb) => ({ last_change: eb.ref('machines.last_change') })),
    )
    .execute();
  const rows = tx
    .selectFrom('machines')
    .selectAll()
    .where((eb) => eb.and(key));
  const old = await rows.executeTakeFirstOrThrow();
  if (isLate(old, entry)) return true;
  const same =
    instance === undefined || (instance !== null && instance.instance === instanceOf(old.instance));
  if (entry.outcome.outcome === 'running' && same && hasEnded(old, changeId)) return false;
  // The same entry written once more says nothing new of a machine that was forgotten meanwhile.
  const knownAgain = instance !== undefined && (changeId !== old.last_change || !same);
  await tx
    .updateTable('machines')
    .set({
      ...describe(entry),
      instance: instance === undefined ? old.instance : instance && JSON.stringify(instance),
      assigned: entry.assigned ?? (same ? old.assigned : null),
      verified: entry.verified ?? (same ? old.verified : null),
      hold: holdText(entry.hold) ?? (same && entry.hold === undefined ? old.hold : null),
      drained: entry.drained === undefined ? (same ? old.drained : null) : entry.drained,
      forgotten: knownAgain ? 0 : old.forgotten,
      last_change: changeId,
      since: entry.since ?? old.since,
    })
    .where((eb) => eb.and(key))
    .execute();
  await putDebts(tx, key, instance === null ? [] : entry.debts);
  return true;
}

const isLate = (
  old: { readonly last_change: string; readonly since: string },
  { since, changeId }: MachineEntry,
): boolean => (since === undefined || old.since === '' ? old.last_change > changeId : old.since > since);

const holdText = (hold: Hold | null | undefined): string | null => (hold ? JSON.stringify(hold) : null);

const describe = ({ ref, site, group, outcome, changeId }: MachineEntry) => ({
  fleet: ref.fleet,
  site,
  group_name: group,
  last_outcome: outcome.outcome,
  updated_at: lastTime(outcome.phases) ?? ulidTime(changeId),
});

/** Taken from the entry, not from a clock: the same entry written again leaves the same row. */
function lastTime(phases: MachineEntry['outcome']['phases']): string | undefined {
  const times = phases
    .flatMap(({ startedAt, endedAt }) => [startedAt, endedAt])
    .filter((t) => t !== undefined);
  return times.sort().at(-1);
}

function instanceOf(stored: string | null): string | undefined {
  return stored === null ? undefined : JSON.parse(stored).instance;
}

async function putDebts(
  tx: Write,
  key: { fleet_uid: string; environment: string; machine: string },
  debts: readonly string[] | undefined,
): Promise<void> {
  if (debts === undefined) return;
  await tx
    .deleteFrom('debts')
    .where((eb) => eb.and(key))
    .execute();
  const rows = [...new Set(debts)].map((debt) => ({ ...key, debt }));
  if (rows.length > 0) await tx.insertInto('debts').values(rows).execute();
}

async function putOutcome(tx: Write, entry: MachineEntry): Promise<void> {
  const { changeId, ref, group, instance, outcome } = entry;
  const { phases: _, ...rest } = outcome;
  const named = instance === undefined ? {} : { instance: instance?.instance ?? null };
  const body: OutcomeBody = { ...named, ...rest, group };
  await tx
    .insertInto('outcomes')
    .values({
      change_id: changeId,
      machine: ref.machine,
      fleet_uid: ref.fleetUid,
      environment: ref.environment,
      body: JSON.stringify(body),
    })
    .onConflict((oc) =>
      oc.columns(['change_id', 'machine']).doUpdateSet((eb) => ({ body: eb.ref('excluded.body') })),
    )
    .execute();
}
