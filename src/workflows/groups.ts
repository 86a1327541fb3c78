import { control } from './activities.js';
import { runBatch } from './batches.js';
import { addCounts, countBad, countWell, isBad, total } from './counts.js';
import { settleBad } from './failures.js';
import { batchSize, type GroupRun, type GroupsState, type Part } from './groupRun.js';
import type { GroupState } from './types.js';

/** Waits for the groups it comes after, then works through its batches; a group without a good base isn't started. */
export async function runGroup(
  state: GroupsState,
  run: GroupRun,
  before: readonly (readonly [GroupRun, Promise<void>])[],
): Promise<void> {
  await Promise.all(before.map(([, end]) => end));
  const obstacle = before.map(([one]) => one).find((one) => one.state !== 'done');
  if (run.refused !== undefined) return skipRest(state, run, run.refused);
  if (obstacle !== undefined) return skipRest(state, run, whyNot(obstacle));
  run.state = 'running';
  for (let from = 0; from < run.machines; from += batchSize) {
    if (state.stop !== undefined) break;
    const count = Math.min(batchSize, run.machines - from);
    const end = await runSlice(state, run, { from, count });
    if (end !== undefined) return skipRest(state, run, end);
  }
  if (total(run.counts) < run.machines) return skipRest(state, run, stoppedBy(state));
  run.state = stateAfter(state, run);
}

/** One slice to its end, over as many batches as its failures take; gives back why nothing more may start. */
async function runSlice(state: GroupsState, run: GroupRun, slice: Part): Promise<string | undefined> {
  let part = slice;
  for (;;) {
    const { machines, left } = await runBatch(state, run, part);
    const bad = machines.filter(isBad);
    const end = await settleBad(state, run, slice, bad);
    if (end !== undefined) return end;
    if (left.length === 0) return undefined;
    if (state.stop !== undefined) return stoppedBy(state);
    part = { ...slice, only: left };
  }
}

const stoppedBy = ({ stop }: GroupsState): string =>
  `not started: ${stop === undefined ? 'the group ended' : `stopped by ${stop.by}`}`;

const whyNot = ({ group, state }: GroupRun): string =>
  `not started: group ${group} ${state === 'failed' ? 'failed' : 'was not done'}`;

function stateAfter(state: GroupsState, run: GroupRun): GroupState {
  if (countBad(run.counts) > 0) return 'failed';
  const chosen = run.machines - (run.counts.skipped ?? 0);
  // Nobody reached any machine of it, so nothing that needs it can be right.
  if (chosen > 0 && countWell(run.counts) === 0) return 'skipped';
  return state.stop === undefined ? 'done' : 'skipped';
}

/** Names the machines that were never begun as skipped. A group some of whose machines failed stays failed. */
async function skipRest(state: GroupsState, run: GroupRun, reason: string): Promise<void> {
  const skipped = run.machines - total(run.counts);
  run.state = countBad(run.counts) > 0 || run.counts['rolled-back-verified'] ? 'failed' : 'skipped';
  run.reason = reason;
  if (skipped > 0) run.counts = addCounts([run.counts, { skipped }]);
  if (!state.everyMachine || skipped === 0) return;
  const { plan, artifacts } = state.change;
  const all = await control.slice({ plan, artifacts, group: run.group, from: 0, count: run.machines });
  const known = new Set(state.outcomes.map(({ machine }) => machine));
  for (const { machine } of all)
    if (!known.has(machine)) state.outcomes.push({ machine, outcome: 'skipped', reason, phases: [] });
}
