import type { Transaction } from 'kysely';
import type { Change } from '../model/index.js';
import type { MachineEntry } from './port.js';
import type { RecordSchema } from './schema.js';
import { ulidTime } from './ulid.js';

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

export async function putMachine(tx: Write, entry: MachineEntry): Promise<void> {
  await putMachineRow(tx, entry);
  await putOutcome(tx, entry);
  await putPhases(tx, entry);
  await putReceipts(tx, entry);
  await putEvidence(tx, entry);
}

/** What the entry doesn't say stays; a new or destroyed instance starts without bundles. An older change says nothing. */
async function putMachineRow(tx: Write, entry: MachineEntry): Promise<void> {
  const { ref, changeId, instance } = entry;
  const key = { fleet_uid: ref.fleetUid, environment: ref.environment, machine: ref.machine };
  // A write comes first, so that the row is locked before it is read.
  await tx
    .insertInto('machines')
    .values({ ...key, ...describe(entry), instance: null, assigned: null, verified: null, last_change: '' })
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
  if (old.last_change > changeId) return;
  const same =
    instance === undefined || (instance !== null && instance.instance === instanceOf(old.instance));
  await tx
    .updateTable('machines')
    .set({
      ...describe(entry),
      instance: instance === undefined ? old.instance : instance && JSON.stringify(instance),
      assigned: entry.assigned ?? (same ? old.assigned : null),
      verified: entry.verified ?? (same ? old.verified : null),
      last_change: changeId,
    })
    .where((eb) => eb.and(key))
    .execute();
  await putDebts(tx, key, instance === null ? [] : entry.debts);
}

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

async function putOutcome(tx: Write, { changeId, ref, outcome }: MachineEntry): Promise<void> {
  const { phases: _, ...body } = outcome;
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

async function putPhases(tx: Write, { changeId, ref, outcome }: MachineEntry): Promise<void> {
  const rows = outcome.phases.map((phase, position) => ({
    change_id: changeId,
    machine: ref.machine,
    phase: phase.phase,
    position,
    state: phase.state,
    started_at: phase.startedAt ?? null,
    ended_at: phase.endedAt ?? null,
    reason: phase.reason ?? null,
  }));
  if (rows.length === 0) return;
  await tx
    .insertInto('phases')
    .values(rows)
    .onConflict((oc) =>
      oc.columns(['change_id', 'machine', 'phase']).doUpdateSet((eb) => ({
        position: eb.ref('excluded.position'),
        state: eb.ref('excluded.state'),
        started_at: eb.ref('excluded.started_at'),
        ended_at: eb.ref('excluded.ended_at'),
        reason: eb.ref('excluded.reason'),
      })),
    )
    .execute();
}

async function putReceipts(tx: Write, { changeId, ref, receipts }: MachineEntry): Promise<void> {
  const rows = receipts.map((receipt, position) => ({
    change_id: changeId,
    machine: ref.machine,
    step: receipt.step,
    position,
    hash: receipt.hash,
    state: receipt.state,
    reason: receipt.reason ?? null,
    duration_ms: Math.round(receipt.durationMs),
    fingerprints: receipt.fingerprints ? JSON.stringify(receipt.fingerprints) : null,
  }));
  // SQLite takes 32,766 parameters per statement.
  for (let from = 0; from < rows.length; from += 1000)
    await tx
      .insertInto('receipts')
      .values(rows.slice(from, from + 1000))
      .onConflict((oc) =>
        oc.columns(['change_id', 'machine', 'step']).doUpdateSet((eb) => ({
          position: eb.ref('excluded.position'),
          hash: eb.ref('excluded.hash'),
          state: eb.ref('excluded.state'),
          reason: eb.ref('excluded.reason'),
          duration_ms: eb.ref('excluded.duration_ms'),
          fingerprints: eb.ref('excluded.fingerprints'),
        })),
      )
      .execute();
}

async function putEvidence(tx: Write, { changeId, ref, evidence }: MachineEntry): Promise<void> {
  const rows = Object.entries(evidence).map(([name, digest]) => ({
    change_id: changeId,
    machine: ref.machine,
    name,
    digest,
  }));
  if (rows.length === 0) return;
  await tx
    .insertInto('evidence')
    .values(rows)
    .onConflict((oc) =>
      oc
        .columns(['change_id', 'machine', 'name'])
        .doUpdateSet((eb) => ({ digest: eb.ref('excluded.digest') })),
    )
    .execute();
}
