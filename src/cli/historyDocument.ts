import type { MachineRef } from '../model/index.js';
import type { HistoryRow, RunRecord } from '../record/port.js';
import type { HistoryDocument, HistoryEntry } from '../report/index.js';
import { answerDocument } from './run/result.js';
import { recordedVotes } from './run/votes.js';

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
    entries: await Promise.all(rows.map((row) => entryOf(record, ref, row, id))),
  };
}

async function entryOf(
  record: RunRecord,
  ref: MachineRef,
  row: HistoryRow,
  id: string | undefined,
): Promise<HistoryEntry> {
  const answers = await record.answers(row.changeId);
  return {
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
    of: row.verb === 'rollback' ? await takenBack(record, ref, row.changeId) : null,
    answers: answers.filter((one) => one.machine === null || one.machine === row.machine).map(answerDocument),
    votes: await recordedVotes(record, row.changeId),
  };
}

/** Number of the run that a rollback took back. */
async function takenBack(record: RunRecord, ref: MachineRef, changeId: string): Promise<number | null> {
  const of = (await record.change(ref, changeId))?.change.of;
  return of === undefined ? null : ((await record.change(ref, of))?.run ?? null);
}
