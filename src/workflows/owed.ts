import { condition } from '@temporalio/workflow';
import type { MachineOutcome } from '../model/index.js';
import { runAgain } from './batches.js';
import { isBad } from './counts.js';
import { settleBad } from './failures.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';
import { timingOf } from './timing.js';

/**
 * Machines that nobody reached get further chances at the end of their group; then they stay named and owed. Gives back why
 * the group has not come to a good end, where one of them failed.
 */
export async function tryOwedAgain(state: GroupsState, run: GroupRun): Promise<string | undefined> {
  if (run.verb !== 'apply') return undefined;
  const { owed, owedPause } = timingOf(state.context);
  for (let time = 0; time < owed; time++) {
    if (run.unreached.size === 0 || state.stop !== undefined) return undefined;
    if (await condition(() => state.stop !== undefined, owedPause)) return undefined;
    for (const slice of new Set([...run.unreached.values()].map((one) => one.slice))) {
      await state.governor.mayBegin();
      if (state.stop !== undefined) return undefined;
      const end = await tryAgain(state, run, slice);
      if (end !== undefined) return end;
    }
  }
  return undefined;
}

async function tryAgain(state: GroupsState, run: GroupRun, slice: Part): Promise<string | undefined> {
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
  return settleBad(state, run, slice, next.filter(isBad));
}

/** Of a part that was worked on: which of its machines nobody reached. */
export function learnUnreached(run: GroupRun, slice: Part, outcomes: readonly MachineOutcome[]): void {
  for (const outcome of outcomes) {
    run.unreached.delete(outcome.machine);
    const isUnreached = outcome.outcome === 'owed' && outcome.failure?.cause === 'unreachable';
    if (isUnreached) run.unreached.set(outcome.machine, { outcome, slice });
  }
}
