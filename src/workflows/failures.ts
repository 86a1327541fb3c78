import type { MachineOutcome } from '../model/index.js';
import { runAgain } from './batches.js';
import { isBad } from './counts.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';
import { putBack, putBackSlice } from './putBack.js';
import { answered } from './questions.js';
import type { Answered } from './types.js';

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
  run.state = 'asking';
  const settled = bad.map((outcome) => settleOne(state, run, slice, outcome));
  // A cancellation ends an open question at once; a machine that works on is waited for all the same.
  await Promise.allSettled(settled);
  const ends = await Promise.all(settled);
  run.state = 'running';
  return ends.find((end) => end !== undefined);
}

async function settleOne(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  first: MachineOutcome,
): Promise<string | undefined> {
  let outcome = first;
  for (;;) {
    const { answer, by, machine, batch } = await answerTo(state, run, outcome);
    if (answer === 'stop') return `not started: ${machine} failed`;
    if (answer === 'rollback') {
      if (batch) await putBackSlice(state, run, slice);
      else await putBack(state, run, { ...slice, only: [outcome.machine] });
      return `not started: ${machine} was rolled back by ${by}`;
    }
    const next = answer === 'skip' ? leftOut(outcome, by) : await retry(state, run, slice, outcome);
    settle(state, run, outcome, next);
    if (!isBad(next)) return undefined;
    outcome = next;
  }
}

/** The group's policy answers where it can. A machine whose run may still be active is nobody's to put back. */
async function answerTo(state: GroupsState, run: GroupRun, outcome: MachineOutcome): Promise<Answered> {
  const answer = await (policyAnswer(state, run, outcome) ?? state.questions.ask(run.group, outcome));
  await state.questions.note(answer);
  return answer;
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

async function retry(
  state: GroupsState,
  run: GroupRun,
  slice: Part,
  { machine, attempt = 1, instance, failure }: MachineOutcome,
): Promise<MachineOutcome> {
  const again = { attempt: attempt + 1, instance, failure };
  const [next] = await runAgain(state, run, {
    ...slice,
    verb: run.verb,
    only: [machine],
    again: { [machine]: again },
  });
  return (
    next ?? { machine, outcome: 'stopped', attempt, instance, reason: 'stopped before it began', phases: [] }
  );
}

const leftOut = (outcome: MachineOutcome, by: string): MachineOutcome => ({
  ...outcome,
  outcome: 'skipped',
  reason: `left out by ${by}`,
});
