import type { Change, Gate, Vote } from '../model/index.js';
import type { GatedPlan } from './gates.js';
import { longestSignature } from './sshsig.js';
import type { Policy } from './types.js';

/** All that a vote is judged by. */
export interface Ballot {
  readonly change: Pick<Change, 'id' | 'fleetUid' | 'environment' | 'plan' | 'startedBy' | 'author'>;
  readonly plan: GatedPlan;
  /** The gate that was asked about when the run began. */
  readonly gate: Gate;
  readonly vote: Vote;
  readonly policy: Policy;
  readonly now: Date;
}

export interface Finding {
  readonly counts: false;
  readonly code: `MW-VOTE-${string}`;
  readonly why: string;
}

export const no = (code: Finding['code'], why: string): Finding => ({ counts: false, code, why });

const longestText = 1024;
const longestLifeMs = 24 * 3_600_000;
/** Clocks of the voter and of control differ. */
const skewMs = 60_000;
const windowGate = 'window';

/** What can be said of a vote without asking who gave it. */
export function hasForm({ vote, gate, change }: Ballot): Finding | undefined {
  const { id, principal, decision, expires, sshsig, planDigest, reason = '', breakGlass = false } = vote;
  const texts = { id, gate: vote.gate, planDigest, principal, decision, expires, reason };
  for (const [name, text] of Object.entries({ ...texts, sshsig })) {
    if (typeof text !== 'string' || (text === '' && name !== 'reason'))
      return no('MW-VOTE-SHAPE', `${name} must be a text that isn't empty`);
    const [bytes, limit] = [Buffer.byteLength(text), name === 'sshsig' ? longestSignature : longestText];
    if (bytes > limit) return no('MW-VOTE-SIZE', `${name} has ${bytes} bytes; ${limit} are the limit`);
  }
  if (typeof breakGlass !== 'boolean') return no('MW-VOTE-SHAPE', 'breakGlass must be true or false');
  if (vote.gate !== gate.id) return no('MW-VOTE-GATE', `it is for gate ${vote.gate}, not for ${gate.id}`);
  if (planDigest !== change.plan)
    return no(
      'MW-VOTE-PLAN',
      `this run carries out plan ${change.plan.slice(0, 8)}, not ${planDigest.slice(0, 8)}`,
    );
  return fits(vote);
}

function fits({ decision, gate, breakGlass }: Vote): Finding | undefined {
  if (!['approve', 'reject', 'override'].includes(decision))
    return no('MW-VOTE-DECISION', `it decides "${decision}", not approve, reject or override`);
  if ((decision === 'override') !== (gate === windowGate))
    return no('MW-VOTE-DECISION', `gate ${gate} can't be answered with ${decision}`);
  if (breakGlass && decision !== 'approve')
    return no('MW-VOTE-DECISION', `break-glass only approves; this one decides ${decision}`);
  return undefined;
}

/** Whether this approver may decide that, now. `gate`: as plan and policy have it now. */
export function agrees(ballot: Ballot, gate: Gate | undefined, barred: boolean): Finding | undefined {
  const { decision, principal, breakGlass } = ballot.vote;
  if (decision === 'override') return mayOverride(ballot);
  if (breakGlass) return mayBreakGlass(ballot);
  const from = (gate ?? ballot.gate).from;
  if (from.length > 0 && !from.includes(principal))
    return no('MW-VOTE-PRINCIPAL', `gate ${ballot.gate.id} asks ${from.join(', ')}, not ${principal}`);
  if (barred && decision === 'approve')
    return no('MW-VOTE-BARRED', `${principal} wrote or started what is to be agreed to`);
  return undefined;
}

function mayOverride({ policy, vote }: Ballot): Finding | undefined {
  if (!policy.override.includes(vote.principal))
    return no('MW-VOTE-OVERRIDE', `the policy doesn't let ${vote.principal} run outside the window`);
  return vote.reason?.trim() ? undefined : no('MW-VOTE-OVERRIDE', 'whoever overrides a window says why');
}

function mayBreakGlass({ policy, vote }: Ballot): Finding | undefined {
  if (!policy.breakGlass.includes(vote.principal))
    return no('MW-VOTE-BREAK-GLASS', `the policy doesn't let ${vote.principal} break the glass`);
  return vote.reason?.trim() ? undefined : no('MW-VOTE-BREAK-GLASS', 'whoever breaks the glass says why');
}

export function notExpired({ vote: { expires }, now }: Ballot): Finding | undefined {
  const end = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z$/.test(expires) ? Date.parse(expires) : NaN;
  if (Number.isNaN(end)) return no('MW-VOTE-SHAPE', `expires "${expires}" is no time in UTC (RFC 3339)`);
  if (end <= now.getTime()) return no('MW-VOTE-EXPIRED', `it was valid until ${expires}`);
  if (end > now.getTime() + longestLifeMs + skewMs)
    return no('MW-VOTE-EXPIRED', `it would be valid until ${expires}; 24 hours ahead is the limit`);
  return undefined;
}
