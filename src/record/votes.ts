import type { Kysely, Transaction } from 'kysely';
import type { VoteEntry } from './port.js';
import type { RecordSchema } from './schema.js';

/** A vote is evidence: what was written first stays. */
export async function putVote(
  tx: Transaction<RecordSchema>,
  { changeId, reason, reference, policy, key, evidence, ...vote }: VoteEntry,
): Promise<void> {
  const said = { reason: reason ?? null, reference: reference ?? null };
  const judged = { policy: policy ?? null, key: key ?? null, evidence: evidence ?? null };
  await tx
    .insertInto('votes')
    .values({ change_id: changeId, ...vote, ...said, ...judged })
    .onConflict((oc) => oc.columns(['change_id', 'id']).doNothing())
    .execute();
}

export async function votes(db: Kysely<RecordSchema>, changeId: string): Promise<VoteEntry[]> {
  const rows = await db
    .selectFrom('votes')
    .selectAll()
    .where('change_id', '=', changeId)
    .orderBy('at')
    .orderBy('id')
    .execute();
  return rows.map(({ change_id, reason, reference, policy, key, evidence, ...row }) => ({
    ...{ changeId: change_id, ...row },
    decision: row.decision as VoteEntry['decision'],
    how: row.how as VoteEntry['how'],
    ...(reason !== null && { reason }),
    ...(reference !== null && { reference }),
    ...(policy !== null && { policy }),
    ...(key !== null && { key }),
    ...(evidence !== null && { evidence }),
  }));
}
