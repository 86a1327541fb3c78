import type { Transaction } from 'kysely';
import type { MachineEntry } from './port.js';
import type { RecordSchema } from './schema.js';

type Write = Transaction<RecordSchema>;

export async function putPhases(tx: Write, { changeId, ref, outcome }: MachineEntry): Promise<void> {
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
  // A rollback goes through other phases than the attempt before it.
  await tx
    .deleteFrom('phases')
    .where('change_id', '=', changeId)
    .where('machine', '=', ref.machine)
    .execute();
  if (rows.length > 0) await tx.insertInto('phases').values(rows).execute();
}

export async function putReceipts(tx: Write, { changeId, ref, receipts }: MachineEntry): Promise<void> {
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
    diff: receipt.diff ?? null,
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
          diff: eb.ref('excluded.diff'),
        })),
      )
      .execute();
}

export async function putEvidence(tx: Write, { changeId, ref, evidence }: MachineEntry): Promise<void> {
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
