import { ApplicationFailure } from '@temporalio/common';
import type { VoteEntry } from '../activities/types.js';
import type { Change, Digest, Vote } from '../model/index.js';
import { control } from './activities.js';
import type { Gates, ReachedGate } from './gates.js';
import { lengthRefusal, longestText } from './questions.js';
import type { PlainVote } from './types.js';

/** What a vote is given for. */
export interface Ballot {
  readonly gates: Gates;
  readonly change?: Change;
  /** Store digest of the change. */
  readonly document: Digest;
}

export interface Refusal {
  readonly code: `MW-VOTE-${string}`;
  readonly why: string;
}

export interface Counted {
  readonly counted: true;
  /** Approvals that the gate still needs. */
  readonly missing: number;
}

/** Characters of the longest signature: that of an RSA key of 16384 bits. */
const longestSignature = 8192;
/** Votes of one gate, of all who may ever ask: a workflow must not grow without end. */
const mostVotes = 100;

/** Why it can't count, as far as that is known without asking anybody; undefined: its signature is worth judging. */
export function voteRefusal(ballot: Ballot, vote: Vote): Refusal | undefined {
  const { gates, change } = ballot;
  const shape = shapeRefusal(vote);
  if (shape !== undefined) return shape;
  const gate = gates.find(vote.gate);
  const known = knownVote(gate, vote.id, vote.principal);
  if (known === 'same') return undefined;
  const closed = closedRefusal(gates, gate, vote.gate);
  if (closed !== undefined) return closed;
  if (vote.planDigest !== change?.plan)
    return refusal(
      'PLAN',
      `this rollout carries out plan ${change?.plan.slice(0, 8)}, not ${vote.planDigest.slice(0, 8)}`,
    );
  if ((vote.decision === 'override') !== (vote.gate === 'window'))
    return refusal('DECISION', `${vote.gate} can't be answered with ${vote.decision}`);
  if (known === 'double') return refusal('DOUBLE', `${vote.principal} has voted on ${vote.gate} already`);
  return principalRefusal(gates, vote);
}

function shapeRefusal(vote: Partial<Vote> | undefined): Refusal | undefined {
  const { id, gate, planDigest, principal, decision, expires, sshsig, reason } = vote ?? {};
  const texts = { id, gate, planDigest, principal, decision, expires, sshsig };
  for (const [name, text] of Object.entries(texts)) {
    if (typeof text !== 'string' || text === '')
      return refusal('SHAPE', `a vote needs ${name}, a text that isn't empty`);
    if (text.length > (name === 'sshsig' ? longestSignature : longestText))
      return refusal('SIZE', `${name} has ${text.length} characters`);
  }
  if (typeof (reason ?? '') !== 'string') return refusal('SHAPE', 'reason must be a text');
  if ((reason ?? '').length > longestText) return refusal('SIZE', `reason has ${reason?.length} characters`);
  if (!['approve', 'reject', 'override'].includes(decision ?? ''))
    return refusal('SHAPE', `decision must be approve, reject or override, not ${decision}`);
  return undefined;
}

function closedRefusal(gates: Gates, gate: ReachedGate | undefined, id: string): Refusal | undefined {
  const open = gates.progress.filter((one) => one.state === 'open').map((one) => one.id);
  const which = open.length === 0 ? 'none is open' : `open: ${open.join(', ')}`;
  if (gate === undefined) return refusal('GATE', `gate ${id} is not open; ${which}`);
  if (gate.state !== 'open') return refusal('GATE', `gate ${id} was closed: ${gate.state}; ${which}`);
  if (gate.votes.length + gate.pending.size >= mostVotes)
    return refusal('GATE', `gate ${id} has had ${mostVotes} votes; stop the run and start it again`);
  return undefined;
}

/** Has this vote, or another one of the same person, been given? */
function knownVote(gate: ReachedGate | undefined, id: string, by: string): 'same' | 'double' | undefined {
  if (gate === undefined) return undefined;
  if (gate.votes.some((one) => one.id === id && one.by === by)) return 'same';
  const given = [...gate.votes.map((one) => one.by), ...gate.pending.values()];
  return given.includes(by) ? 'double' : undefined;
}

function principalRefusal({ agreement }: Gates, vote: Vote): Refusal | undefined {
  const { principals, barred } = agreement;
  if (!principals.includes(vote.principal))
    return refusal('PRINCIPAL', `the policy knows no approver ${vote.principal}`);
  if (barred.includes(vote.principal) && !vote.breakGlass && vote.decision === 'approve')
    return refusal('BARRED', `${vote.principal} wrote or started what is to be agreed to`);
  return undefined;
}

/** Judges the signature with the policy as it is now, and what may have changed meanwhile once more. */
export async function vote(ballot: Ballot, given: Vote): Promise<Counted> {
  const { gates } = ballot;
  const one = gates.find(given.gate) as ReachedGate;
  if (knownVote(one, given.id, given.principal) === 'same') return countedOf(gates, one);
  one.pending.set(given.id, given.principal);
  try {
    const verdict = await control.judgeVote({
      change: ballot.document,
      gate: one.gate,
      vote: given,
    });
    if (!verdict.counts) refuseVote(verdict);
    const closed = closedRefusal(gates, one, given.gate);
    if (closed !== undefined) refuseVote(closed);
    gates.learn(one, verdict);
    const { id, principal: by, decision, reason } = given;
    const how = given.breakGlass ? 'break-glass' : 'signed';
    const { policy, key, evidence } = verdict;
    const entry = await gates.note(one, { id, by, decision, how, reason, policy, key, evidence });
    gates.count(one, entry);
    return countedOf(gates, one);
  } finally {
    one.pending.delete(given.id);
  }
}

const countedOf = (gates: Gates, one: ReachedGate): Counted => ({
  counted: true,
  missing: one.state === 'open' ? gates.missing(one) : 0,
});

/** Why a plain message can't answer; who sent it is only what it says. */
export function plainRefusal({ gates }: Ballot, given: PlainVote | undefined): Refusal | undefined {
  const { by, gate: id, reason, reference } = given ?? {};
  if (typeof by !== 'string' || by === '' || typeof id !== 'string' || id === '')
    return refusal('SHAPE', 'it needs who asks and for which gate: {"by": "...", "gate": "..."}');
  const long = lengthRefusal([by, id, given?.id, reason, reference]);
  if (long !== undefined) return refusal('SIZE', long);
  const gate = gates.find(id);
  if (knownVote(gate, plainId(given as PlainVote), by) === 'same') return undefined;
  const closed = closedRefusal(gates, gate, id);
  if (closed !== undefined) return closed;
  const { unsigned, external } = (gate as ReachedGate).gate;
  if (!unsigned && !(external && reference))
    return refusal(
      'UNSIGNED',
      external
        ? `gate ${id} is answered by a pipeline, which says where: {"reference": "https://..."}`
        : `gate ${id} takes signed votes only: millwright approve`,
    );
  if (knownVote(gate, '', by) === 'double') return refusal('DOUBLE', `${by} has voted on ${id} already`);
  // Who started it can't be proved to be somebody else; a pipeline is meant to be the one that did.
  if (!external && gates.agreement.barred.includes(by))
    return refusal('BARRED', `${by} wrote or started what is to be agreed to`);
  return undefined;
}

export async function plainVote(
  { gates }: Ballot,
  decision: 'approve' | 'reject',
  given: PlainVote,
): Promise<Counted> {
  const one = gates.find(given.gate) as ReachedGate;
  const id = plainId(given);
  if (knownVote(one, id, given.by) === 'same') return countedOf(gates, one);
  one.pending.set(id, given.by);
  try {
    const how: VoteEntry['how'] = one.gate.external && given.reference ? 'external' : 'unsigned';
    const { by, reason, reference } = given;
    gates.count(one, await gates.note(one, { id, by, decision, how, reason, reference }));
    return countedOf(gates, one);
  } finally {
    one.pending.delete(id);
  }
}

const plainId = ({ id, by, gate }: PlainVote): string => id ?? `${gate}/${by}`;

const refusal = (what: string, why: string): Refusal => ({ code: `MW-VOTE-${what}`, why });

export function refuseVote({ code, why }: Refusal): never {
  throw ApplicationFailure.nonRetryable(why, code);
}
