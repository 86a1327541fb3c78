import { CancellationScope, condition, isCancellation, startChild } from '@temporalio/workflow';
import type { MachineOutcome } from '../model/index.js';
import { control } from './activities.js';
import type { AnalysisInput, analysis } from './analysis.js';
import { childOptions } from './children.js';
import { isBad, isWell } from './counts.js';
import { settleBad } from './failures.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';

/** Watches a batch for a while before the next one; gives back why nothing more may start. */
export async function soak(state: GroupsState, run: GroupRun, part: Part): Promise<string | undefined> {
  const soakMs = run.strategy?.soakMs ?? 0;
  if (soakMs === 0 || state.stop !== undefined) return undefined;
  run.state = 'soaking';
  run.promoted = false;
  run.soaksUntil = new Date(Date.now() + soakMs).toISOString();
  const found = await watched(state, run, part, soakMs).finally(() => {
    run.soaksUntil = undefined;
    run.state = 'running';
  });
  const bad = await learn(state, run, found.filter(isBad));
  return settleBad(state, run, part, bad);
}

/** They are still the machines that their batch left: what is tried again goes on from there. */
async function learn(
  state: GroupsState,
  run: GroupRun,
  bad: readonly MachineOutcome[],
): Promise<readonly MachineOutcome[]> {
  if (bad.length === 0) return [];
  const { changeId } = state.context;
  const known = state.everyMachine ? state.outcomes : await control.outcomes({ changeId });
  return bad.map((one) => {
    const before = known.find(({ machine }) => machine === one.machine);
    const after = { ...one, attempt: before?.attempt, instance: before?.instance };
    settle(state, run, before ?? { outcome: 'applied' }, after);
    return after;
  });
}

/** To its end, somebody's word, or the first breach. */
async function watched(
  state: GroupsState,
  run: GroupRun,
  part: Part,
  soakMs: number,
): Promise<readonly MachineOutcome[]> {
  let found: readonly MachineOutcome[] = [];
  let broken: unknown;
  const watching = new CancellationScope();
  const watch = watching
    .run(() => analysed(state, run, part, soakMs))
    .catch(nothingFound)
    .then(
      (outcomes) => {
        found = outcomes;
      },
      // Heard at once: a rejection that nobody waits for yet fails the workflow's task, again and again.
      (error: unknown) => {
        broken = error;
      },
    );
  const isOver = (): boolean => found.length > 0 || broken !== undefined || run.promoted === true;
  await condition(() => isOver() || state.stop !== undefined, soakMs);
  watching.cancel();
  await watch;
  if (broken !== undefined) throw broken;
  return found;
}

function nothingFound(error: unknown): readonly MachineOutcome[] {
  if (!isCancellation(error)) throw error;
  return [];
}

async function analysed(
  state: GroupsState,
  run: GroupRun,
  part: Part,
  soakMs: number,
): Promise<readonly MachineOutcome[]> {
  const { plan, artifacts } = state.change;
  const { group, machines } = run;
  const probes = run.strategy?.probes ?? [];
  if (probes.length === 0) return [];
  const unwell = state.outcomes.filter((one) => !isWell(one)).map(({ machine }) => machine);
  const input: AnalysisInput = {
    ...{ context: state.context, plan, artifacts, group, machines, probes, soakMs },
    ...{ from: part.from, count: part.count },
    ...(unwell.length > 0 && { without: unwell }),
  };
  const child = await startChild<typeof analysis>('analysis', {
    ...childOptions,
    workflowId: `analysis/${state.context.changeId}/${group}/${run.batch}`,
    args: [input],
    staticSummary: `${group}: ${probes.map(({ name }) => name).join(', ')}`,
  });
  return await child.result();
}
