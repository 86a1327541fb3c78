import { condition } from '@temporalio/workflow';
import type { MachineOutcome } from '../model/index.js';
import { runAgain } from './batches.js';
import { isBad } from './counts.js';
import { settleBad } from './failures.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';
import { timingOf } from './timing.js';

/** Machines that nobody reached get further chances at the end of their group; then they stay named and owed. */
export async function tryOwedAgain(state: GroupsState, run: GroupRun): Promise<void> {
  if (run.verb !== 'apply') return;
  const { owed, owedPause } = timingOf(state.context);
  for (let time = 0; time < owed; time++) {
    if (run.unreached.size === 0 || state.stop !== undefined) return;
    if (await condition(() => state.stop !== undefined, owedPause)) return;
    await state.governor.mayBegin();
    if (state.stop !== undefined) return;
    for (const slice of new Set([...run.unreached.values()].map((one) => one.slice)))
      await tryAgain(state, run, slice);
  }
}

async function tryAgain(state: GroupsState, run: GroupRun, slice: Part): Promise<void> {
  const before = [...run.unreached.values()].filter((one) => one.slice === slice).map((one) => one.outcome);
  const again = Object.fromEntries(
    before.map(({ machine, attempt = 1, instance }) => [machine, { attempt: attempt + 1, instance }]),
  );
  const only = before.map(({ machine }) => machine);
  const next = await runAgain(state, run, { ...slice, verb: run.verb, only, again });
  for (const one of next)
    settle(
      state,
      run,
      before.find(({ machine }) => machine === one.machine),
      one,
    );
  learnUnreached(run, slice, next);
  await settleBad(state, run, slice, next.filter(isBad));
}

/** Of a part that was worked on: which of its machines nobody reached. */
export function learnUnreached(run: GroupRun, slice: Part, outcomes: readonly MachineOutcome[]): void {
  for (const outcome of outcomes) {
    run.unreached.delete(outcome.machine);
    const isUnreached = outcome.outcome === 'owed' && outcome.failure?.cause === 'unreachable';
    if (isUnreached) run.unreached.set(outcome.machine, { outcome, slice });
  }
}
