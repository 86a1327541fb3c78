import type { MachineOutcome } from '../model/index.js';
import { runAgain } from './batches.js';
import { isOverdrawn, isTolerated, tolerate } from './budget.js';
import { isBad } from './counts.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';
import { asRecorded, putBack, putBackSlice } from './putBack.js';
import { answered } from './questions.js';
import { timingOf } from './timing.js';
import type { Answered } from './types.js';

/** One batch's failures, while they are settled. */
interface Settling {
  readonly state: GroupsState;
  readonly run: GroupRun;
  readonly slice: Part;
  readonly bad: readonly MachineOutcome[];
  /** The whole batch is to be put back, once none of its machines is worked on. */
  back?: Answered;
}

/**
 * What follows from machines that failed: the group's policy, or what people answer, each machine for itself. Gives back
 * why nothing more of the group may start; undefined: it goes on.
 */
export async function settleBad(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  bad: readonly MachineOutcome[],
): Promise<string | undefined> {
  if (bad.length === 0) return undefined;
  if (isTolerated(state, run, bad)) {
    tolerate(run, bad.length);
    // They begin again with what is left.
    if (isOverdrawn(state)) state.governor.drain();
    return leaveBehind(state, run, slice, bad);
  }
  run.state = 'asking';
  // Later ones needn't: what is at work for the first one is what was asked for.
  if (run.asking++ === 0) state.governor.drain(run);
  const settling: Settling = { state, run, slice, bad };
  try {
    return await settleAll(settling);
  } finally {
    if (--run.asking === 0) run.state = 'running';
  }
}

async function settleAll(settling: Settling): Promise<string | undefined> {
  const { state, run, slice, bad } = settling;
  const settled = bad.map((outcome) => settleOne(settling, outcome));
  // A cancellation ends an open question at once; a machine that works on is waited for all the same.
  await Promise.allSettled(settled);
  const ends = await Promise.all(settled);
  if (settling.back !== undefined) await putBackSlice(state, run, slice);
  return ends.find((end) => end !== undefined);
}

/** Nobody is asked: they stay as they are, or are put back where that is the policy, and the others go on. */
async function leaveBehind(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  bad: readonly MachineOutcome[],
): Promise<undefined> {
  const back = bad.filter(({ returnsTo }) => run.onFailure === 'rollback' && returnsTo != null);
  if (back.length > 0) await putBack(state, run, { ...slice, only: back.map(({ machine }) => machine) });
}

async function settleOne(settling: Settling, first: MachineOutcome): Promise<string | undefined> {
  const { state, run, slice } = settling;
  let outcome = first;
  for (;;) {
    if (settling.back !== undefined) return backBy(settling.back);
    const answer = await answerTo(state, run, outcome);
    if (answer.answer === 'rollback' && answer.batch) putBatchBack(settling, answer);
    if (settling.back !== undefined) return backBy(settling.back);
    if (answer.answer === 'stop') return `not started: ${answer.machine} failed`;
    if (answer.answer === 'rollback') {
      await putBack(state, run, { ...slice, only: [outcome.machine] });
      return backBy(answer);
    }
    const next =
      answer.answer === 'skip' ? leftOut(outcome, answer.by) : await retry(state, run, slice, outcome);
    settle(state, run, outcome, next);
    if (!isBad(next)) return undefined;
    outcome = next;
  }
}

const backBy = ({ machine, by }: Answered): string => `not started: ${machine} was rolled back by ${by}`;

/** Answers what else is asked about the batch. */
function putBatchBack(settling: Settling, answer: Answered): void {
  settling.back ??= answer;
  const { by, reason } = answer;
  for (const { machine } of settling.bad)
    settling.state.questions.answer('rollback', { by, reason, machine });
}

/** The group's policy answers where it can. A machine whose run may still be active is nobody's to put back. */
async function answerTo(state: GroupsState, run: GroupRun, outcome: MachineOutcome): Promise<Answered> {
  const answer = await (policyAnswer(state, run, outcome) ??
    state.questions.ask(run.group, outcome, mendsItself(state, outcome)));
  await state.questions.note(answer);
  return answer;
}

/** When what broke beside the machine and the change is tried again without anybody: each time later. */
function mendsItself({ context }: GroupsState, { attempt = 1, outcome, failure }: MachineOutcome) {
  const { again, againPause } = timingOf(context);
  const helps = outcome === 'failed' && failure?.cause === 'infrastructure' && attempt <= again;
  return helps ? againPause * 2 ** (attempt - 1) : undefined;
}

function policyAnswer(
  { stop }: GroupsState,
  { onFailure }: GroupRun,
  { machine, outcome, returnsTo }: MachineOutcome,
): Answered | undefined {
  if (stop !== undefined) return answered('stop', stop, machine);
  const policy = { by: `onFailure: ${onFailure}` };
  if (onFailure === 'ask') return undefined;
  const canGoBack = onFailure === 'rollback' && returnsTo != null && outcome === 'failed';
  return answered(canGoBack ? 'rollback' : 'stop', policy, machine);
}

/** Not before a pause is over; one that a stop keeps from being tried again is what it was. */
async function retry(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  before: MachineOutcome,
): Promise<MachineOutcome> {
  const [{ machine, attempt = 1, instance, failure } = before] = await asRecorded(state, [before]);
  const again = { [machine]: { attempt: attempt + 1, instance, failure } };
  for (;;) {
    await state.governor.mayBegin();
    if (state.stop !== undefined) return before;
    const { drains } = run;
    const [next] = await runAgain(state, run, { ...slice, verb: run.verb, only: [machine], again });
    // Told to begin nothing before it had begun: the answer still holds.
    if (next !== undefined || run.drains === drains) return next ?? before;
  }
}

const leftOut = (outcome: MachineOutcome, by: string): MachineOutcome => ({
  ...outcome,
  outcome: 'skipped',
  reason: `left out by ${by}`,
});
