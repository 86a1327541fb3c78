import { setHandler } from '@temporalio/workflow';
import { tellToStop } from './children.js';
import { listenToGovernors } from './governing.js';
import {
  descriptions,
  retrySignal,
  retryUpdate,
  rollbackSignal,
  rollbackUpdate,
  rolloutProgress,
  skipSignal,
  skipUpdate,
  stopSignal,
  stopUpdate,
} from './messages.js';
import { ignored, refuse, senderRefusal } from './questions.js';
import type { Running } from './running.js';
import type { RolloutProgress, SteerRequest, StopRequest } from './types.js';

const accepted = { accepted: true } as const;

/** All that people may ask of a rollout, each as an update that answers and as a signal for a bare `temporal`. */
export function listen(state: Running, progress: () => RolloutProgress): void {
  setHandler(rolloutProgress, progress, { description: descriptions.progress });
  onStop(state);
  onAnswer(state, 'retry', retryUpdate, retrySignal);
  onAnswer(state, 'skip', skipUpdate, skipSignal);
  onRollback(state);
  listenToGovernors(state);
}

/** Acts on a message, or says in the log why it makes no sense: a signal has nobody to tell. */
function unless(refusal: string | undefined, what: string, act: () => void): void {
  if (refusal === undefined) act();
  else ignored(what, refusal);
}

function onStop(state: Running): void {
  const validator = (request: StopRequest): void => refuse(stopRefusal(state, request), 'MW-REFUSED-STOP');
  const description = descriptions.stop;
  const give = (request: StopRequest): { stopping: true } => {
    unless(stopRefusal(state, request), 'stop', () => stop(state, request));
    return { stopping: true };
  };
  setHandler(stopUpdate, give, { description, validator });
  setHandler(stopSignal, (request) => void give(request), { description });
}

function stopRefusal({ result }: Running, request: StopRequest): string | undefined {
  if (result !== undefined) return `it has ended: ${result.outcome}`;
  return senderRefusal('stop', request ?? {});
}

/** Nothing new is begun, and what runs ends after its step. */
export function stop(state: Running, request: StopRequest): void {
  end(state, request);
  void tellToStop([...(state.shared?.children.keys() ?? [])], request);
}

/** Nothing new is begun; what runs comes to its own end. */
export function end(state: Running, request: StopRequest): void {
  state.stop ??= request;
  if (state.shared !== undefined) state.shared.stop ??= request;
  state.questions.answer('stop', { by: request.by, reason: request.reason });
  state.governor.drain();
}

function onAnswer(
  { questions }: Running,
  answer: 'retry' | 'skip',
  update: typeof retryUpdate,
  signal: typeof retrySignal,
): void {
  const give = (request: SteerRequest) => questions.answer(answer, request);
  const refusal = (request: SteerRequest) => questions.refusal(answer, request ?? {});
  onMessage(answer, update, signal, refusal, give);
}

function onRollback(state: Running): void {
  const give = (request: SteerRequest) => rollBack(state, request);
  const refusal = (request: SteerRequest) => rollbackRefusal(state, request ?? {});
  onMessage('rollback', rollbackUpdate, rollbackSignal, refusal, give);
}

function onMessage(
  answer: 'retry' | 'skip' | 'rollback',
  update: typeof retryUpdate,
  signal: typeof retrySignal,
  refusal: (request: SteerRequest) => string | undefined,
  act: (request: SteerRequest) => void,
): void {
  const description = descriptions[answer];
  const validator = (request: SteerRequest): void =>
    refuse(refusal(request), `MW-REFUSED-${answer.toUpperCase()}`);
  const give = (request: SteerRequest): typeof accepted => {
    unless(refusal(request), answer, () => act(request));
    return accepted;
  };
  setHandler(update, give, { description, validator });
  setHandler(signal, (request) => void give(request), { description });
}

function rollbackRefusal(state: Running, request: Partial<SteerRequest>): string | undefined {
  const { result, change, rollingBack, questions } = state;
  const { machine, batch } = request;
  const unsaid = senderRefusal('rollback', request);
  if (unsaid !== undefined) return unsaid;
  if (result !== undefined) return `it has ended: ${result.outcome}`;
  if (change?.verb === 'destroy') return 'what was destroyed cannot be put back';
  if (change?.of !== undefined) return 'it is a rollback itself';
  if (rollingBack !== undefined) return `it is being rolled back already, by ${rollingBack.by}`;
  if (machine === undefined) return batch ? 'a batch is named by one of its machines' : undefined;
  return questions.refusal('rollback', request);
}

/** One machine's or batch's rollback answers its question; the whole run's ends all work first. */
export function rollBack(state: Running, request: SteerRequest): void {
  if (request.machine !== undefined) state.questions.answer('rollback', request);
  else {
    state.rollingBack = request;
    state.working.cancel();
  }
}
