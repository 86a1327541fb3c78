import type { VoteEntry } from '../../activities/types.js';
import type { RunRecord } from '../../record/port.js';
import type { VoteDocument } from '../../report/index.js';
import { voteDocument } from './governed.js';

interface WithVotes {
  votes?(changeId: string): Promise<readonly VoteEntry[]>;
}

/** Votes on gates of a change, in the order in which they were given. */
export async function recordedVotes(
  record: RunRecord & WithVotes,
  changeId: string,
): Promise<VoteDocument[]> {
  return ((await record.votes?.(changeId)) ?? []).map(voteDocument);
}
