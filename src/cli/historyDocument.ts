import type { MachineRef } from '../model/index.js';
import type { RunRecord } from '../record/port.js';
import type { HistoryDocument } from '../report/index.js';

export async function historyDocument(
  record: RunRecord,
  ref: MachineRef,
  id: string | undefined,
  limit: number,
): Promise<HistoryDocument> {
  const rows = await record.history(ref, { limit, ...(id === undefined ? {} : { step: id }) });
  return {
    schema: 'millwright/history/v1',
    fleet: ref.fleet,
    environment: ref.environment,
    machine: ref.machine,
    id: id ?? null,
    entries: rows.map((row) => ({
      run: row.run,
      change: row.changeId,
      verb: row.verb,
      commit: row.commit,
      startedBy: row.startedBy,
      startedAt: row.startedAt,
      machine: row.machine,
      outcome: row.outcome.outcome,
      phase: row.outcome.phase ?? null,
      reason: row.outcome.reason ?? null,
      failure: row.outcome.failure ?? null,
      receipts: row.receipts.filter((one) => id === undefined || one.step === id),
    })),
  };
}
