import {
  type Change,
  canonicalJson,
  type Digest,
  MillwrightError,
  type Vote,
  voteText,
} from '../model/index.js';
import { agreedGates, barredFrom, judge, type PolicyNow, requireAnswerable } from '../policy/index.js';
import { readChange, readPlan } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import { putDocument } from './documents.js';
import type { Agreement, GovernActivities, VoteTask, VoteVerdict } from './types.js';

type Agreeing = Pick<GovernActivities, 'agreement' | 'judgeVote' | 'putVote'>;

/** Who must agree to a change, and which votes count: the policy is read anew for each answer. */
export const agreeing = (deps: ControlDeps): Agreeing => ({
  agreement: ({ change }) => attempt(() => agreement(deps, change)),
  judgeVote: (task) => attempt(() => judgeVote(deps, task)),
  putVote: (entry) => attempt(() => deps.record.putVote(entry)),
});

async function agreement({ store, policy: now }: ControlDeps, digest: string): Promise<Agreement> {
  const [change, read] = [await readChange(store, digest), await now?.()];
  const plan = await readPlan(store, change.plan);
  const gates = agreedGates(plan, read?.policy);
  if (read) requireAnswerable(gates, read.policy);
  return {
    gates,
    ...(read && { policy: read.digest }),
    barred: read ? barredFrom(read.policy, change) : [],
    principals: Object.keys(read?.policy.approvers ?? {}),
    authorUnverified: change.author?.verified !== true,
  };
}

async function judgeVote(deps: ControlDeps, { change: digest, gate, vote }: VoteTask): Promise<VoteVerdict> {
  const read = await policyOrReason(deps);
  if (typeof read === 'string') return { counts: false, code: 'MW-VOTE-POLICY', why: read };
  const change = await readChange(deps.store, digest);
  const plan = await readPlan(deps.store, change.plan);
  const now = deps.now?.() ?? new Date();
  try {
    const verdict = await judge({ change, plan, gate, vote, policy: read.policy, now }, read.digest);
    return verdict.counts ? { ...verdict, evidence: await keep(deps, change, vote) } : verdict;
  } catch (error) {
    if (!(error instanceof MillwrightError)) throw error;
    return { counts: false, code: 'MW-VOTE-POLICY', why: error.info.message };
  }
}

/** All that is needed to verify a vote again, when Temporal's history is gone. */
const keep = (
  { store }: ControlDeps,
  change: Change,
  { principal, sshsig, ...vote }: Vote,
): Promise<Digest> =>
  putDocument(store, 'millwright.vote.v1', {
    principal,
    sshsig,
    text: canonicalJson(voteText(change, vote)),
  });

/** A policy that can't be read is told to whoever votes: it never opens a gate, and is not waited for. */
async function policyOrReason({ policy }: ControlDeps): Promise<PolicyNow | string> {
  try {
    return (
      (await policy?.()) ??
      'there is no policy file, so that nobody is known as an approver: name one as `policy` in the settings of control, then vote again'
    );
  } catch (error) {
    if (!(error instanceof MillwrightError)) throw error;
    return [error.info.message, ...(error.info.detail ?? [])].join('\n');
  }
}
