import { control } from './activities.js';
import { addCounts, countBad, countWell, total } from './counts.js';
import { passGate } from './gatePass.js';
import type { GroupRun, GroupsState, Part } from './groupRun.js';
import { tryOwedAgain } from './owed.js';
import { runSlices } from './slices.js';
import { soak } from './soak.js';
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
  const end =
    (await passGate(state, run, `group:${run.group}`)) ??
    (await runBatches(state, run)) ??
    (await tryOwedAgain(state, run));
  if (end !== undefined) return skipRest(state, run, end);
  if (total(run.counts) < run.machines) return skipRest(state, run, stoppedBy(state));
  run.state = stateAfter(state, run);
}

/** One after the other; each is watched and, after the first, agreed to, before the next one begins. */
async function runBatches(state: GroupsState, run: GroupRun): Promise<string | undefined> {
  run.state = 'running';
  let from = 0;
  for (const [batch, count] of run.sizes.entries()) {
    if (state.stop !== undefined) return undefined;
    run.batch = batch;
    run.tolerated.batch = 0;
    const part: Part = { from, count };
    const isLast = batch === run.sizes.length - 1;
    const end =
      (await runSlices(state, run, part)) ??
      (isLast ? undefined : await soak(state, run, part)) ??
      (batch > 0 || isLast ? undefined : await passGate(state, run, `canary:${run.group}`));
    if (end !== undefined) return end;
    from += count;
  }
  return undefined;
}

const stoppedBy = ({ stop }: GroupsState): string =>
  `not started: ${stop === undefined ? 'the group ended' : `stopped by ${stop.by}`}`;

const whyNot = ({ group, state }: GroupRun): string =>
  `not started: group ${group} ${state === 'failed' ? 'failed' : 'was not done'}`;

function stateAfter(state: GroupsState, run: GroupRun): GroupState {
  if (countBad(run.counts) > run.tolerated.group) return 'failed';
  const chosen = run.machines - (run.counts.skipped ?? 0);
  // Nobody reached any machine of it, so nothing that needs it can be right.
  if (chosen > 0 && countWell(run.counts) === 0) return 'skipped';
  return state.stop === undefined || countWell(run.counts) === run.machines ? 'done' : 'skipped';
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
