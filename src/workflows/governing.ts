import { CancellationScope, setHandler } from '@temporalio/workflow';
import {
  approveSignal,
  approveUpdate,
  descriptions,
  limitSignal,
  limitUpdate,
  pauseSignal,
  pauseUpdate,
  promoteSignal,
  promoteUpdate,
  rejectSignal,
  rejectUpdate,
  resumeSignal,
  resumeUpdate,
  voteUpdate,
} from './messages.js';
import { ignored, refuse, senderRefusal } from './questions.js';
import type { Running } from './running.js';
import type { ControlRequest, LimitRequest, PlainVote } from './types.js';
import {
  type Ballot,
  type Counted,
  plainRefusal,
  plainVote,
  refuseVote,
  vote,
  voteRefusal,
} from './votes.js';

const accepted = { accepted: true } as const;

/** What holds a rollout back or lets it go on; votes on its gates. */
export function listenToGovernors(state: Running): void {
  const { governor } = state;
  onHold(state, 'pause', (request) => governor.pause(request));
  // Also what helps where somebody was made an approver while a gate was open.
  onHold(state, 'resume', () => {
    governor.resume();
    void CancellationScope.nonCancellable(() => state.gates.refreshIfReadable());
  });
  onHold(state, 'promote', (request) => governor.promote(request));
  onLimit(state);
  onVote(state);
  onPlainVote(state, 'approve');
  onPlainVote(state, 'reject');
}

const holds = {
  pause: { update: pauseUpdate, signal: pauseSignal },
  resume: { update: resumeUpdate, signal: resumeSignal },
  promote: { update: promoteUpdate, signal: promoteSignal },
} as const;

function onHold(state: Running, what: keyof typeof holds, act: (request: ControlRequest) => void): void {
  const { update, signal } = holds[what];
  const description = descriptions[what];
  const refusal = (request: ControlRequest) => holdRefusal(state, what, request ?? {});
  const validator = (request: ControlRequest): void =>
    refuse(refusal(request), `MW-REFUSED-${what.toUpperCase()}`);
  const give = (request: ControlRequest): typeof accepted => {
    const why = refusal(request);
    if (why === undefined) act(request);
    else ignored(what, why);
    return accepted;
  };
  setHandler(update, give, { description, validator });
  setHandler(signal, (request) => void give(request), { description });
}

function holdRefusal(
  state: Running,
  what: keyof typeof holds,
  { group, ...from }: Partial<ControlRequest>,
): string | undefined {
  const { governor } = state;
  const general = generalRefusal(state, what, from);
  if (general !== undefined) return general;
  if (what === 'pause' && governor.paused !== undefined)
    return `it is paused already, by ${governor.paused.by}`;
  if (what === 'resume' && governor.paused === undefined)
    return governor.closed === undefined
      ? 'it is not paused'
      : `it waits for its window (${governor.closed.reason}), which only a vote overrides`;
  if (what === 'promote' && governor.soaking(group).length === 0)
    return group === undefined ? 'nothing soaks' : `group ${group} doesn't soak`;
  return undefined;
}

function generalRefusal(
  { result }: Running,
  what: string,
  from: Partial<ControlRequest>,
): string | undefined {
  const unsaid = senderRefusal(what, from);
  if (unsaid !== undefined) return unsaid;
  return result === undefined ? undefined : `it has ended: ${result.outcome}`;
}

const mostParallel = 10_000;

function onLimit(state: Running): void {
  const description = descriptions.limit;
  const refusal = (request: LimitRequest) => limitRefusal(state, request ?? {});
  const validator = (request: LimitRequest): void => refuse(refusal(request), 'MW-REFUSED-LIMIT');
  const give = (request: LimitRequest): typeof accepted => {
    const why = refusal(request);
    if (why === undefined) state.governor.limit(request);
    else ignored('limit', why);
    return accepted;
  };
  setHandler(limitUpdate, give, { description, validator });
  setHandler(limitSignal, (request) => void give(request), { description });
}

function limitRefusal(state: Running, { by, group, maxParallel }: Partial<LimitRequest>): string | undefined {
  const general = generalRefusal(state, 'limit', { by });
  if (general !== undefined) return general;
  const names = state.groups.map((one) => one.group);
  if (!state.groups.some((one) => one.group === group))
    return `there is no group ${group}; there are: ${names.join(', ')}`;
  const isNumber = Number.isInteger(maxParallel) && (maxParallel ?? 0) >= 1;
  if (!isNumber || (maxParallel ?? 0) > mostParallel)
    return `maxParallel must be a whole number from 1 to ${mostParallel}, not ${maxParallel}`;
  return undefined;
}

function onVote(state: Running): void {
  setHandler(
    voteUpdate,
    (given) => {
      // Between its acceptance and this, a vote before it may have closed the gate.
      const refusal = voteRefusal(ballotOf(state), given);
      return refusal === undefined ? vote(ballotOf(state), given) : refuseVote(refusal);
    },
    {
      description: descriptions.vote,
      validator: (given) => {
        const refusal = voteRefusal(ballotOf(state), given);
        if (refusal !== undefined) refuseVote(refusal);
      },
    },
  );
}

const plain = {
  approve: { update: approveUpdate, signal: approveSignal },
  reject: { update: rejectUpdate, signal: rejectSignal },
} as const;

function onPlainVote(state: Running, decision: keyof typeof plain): void {
  const { update, signal } = plain[decision];
  const description = descriptions[decision];
  const ballot = (): Ballot => ballotOf(state);
  const give = (given: PlainVote): Promise<Counted> => plainVote(ballot(), decision, given);
  const validator = (given: PlainVote): void => {
    const refusal = plainRefusal(ballot(), given);
    if (refusal !== undefined) refuseVote(refusal);
  };
  const judged = (given: PlainVote): Promise<Counted> => {
    validator(given);
    return give(given);
  };
  setHandler(update, judged, { description, validator });
  const heard = async (given: PlainVote): Promise<void> => {
    const refusal = plainRefusal(ballot(), given);
    if (refusal === undefined) await give(given);
    else ignored(decision, refusal.why);
  };
  setHandler(signal, heard, { description });
}

const ballotOf = ({ gates, change, input }: Running): Ballot => ({ gates, change, document: input.change });
