import type { Change } from './plan.js';
import type { Vote, VoteText } from './strategy.js';

/** What the voter signs and what the signature is judged over: made of the change as it is stored, and of the vote. */
export const voteText = (
  change: Pick<Change, 'id' | 'fleetUid' | 'environment'>,
  { gate, decision, planDigest, expires, reason, breakGlass }: Omit<Vote, 'id' | 'principal' | 'sshsig'>,
): VoteText => ({
  fleet: change.fleetUid,
  environment: change.environment,
  change: change.id,
  ...{ gate, decision, plan: planDigest, expires },
  ...(reason !== undefined && { reason }),
  ...(breakGlass && { breakGlass }),
});
