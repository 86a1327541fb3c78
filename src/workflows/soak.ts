import { CancellationScope, condition, isCancellation, startChild } from '@temporalio/workflow';
import type { MachineOutcome } from '../model/index.js';
import type { AnalysisInput, analysis } from './analysis.js';
import { childOptions } from './children.js';
import { isBad } from './counts.js';
import { settleBad } from './failures.js';
import { type GroupRun, type GroupsState, type Part, settle } from './groupRun.js';

/** Watches a batch for a while before the next one; gives back why nothing more may start. */
export async function soak(state: GroupsState, run: GroupRun, part: Part): Promise<string | undefined> {
  const soakMs = run.strategy?.soakMs ?? 0;
  if (soakMs === 0 || state.stop !== undefined) return undefined;
  run.state = 'soaking';
  run.promoted = false;
  run.soaksUntil = new Date(Date.now() + soakMs).toISOString();
  const bad = (await watched(state, run, part, soakMs)).filter(isBad);
  run.soaksUntil = undefined;
  run.state = 'running';
  const known = (name: string) => state.outcomes.find(({ machine }) => machine === name);
  for (const one of bad) settle(state, run, known(one.machine) ?? { outcome: 'applied' }, one);
  return settleBad(state, run, part, bad);
}

/** To its end, somebody's word, or the first breach. */
async function watched(
  state: GroupsState,
  run: GroupRun,
  part: Part,
  soakMs: number,
): Promise<readonly MachineOutcome[]> {
  let found: readonly MachineOutcome[] = [];
  const watching = new CancellationScope();
  const watch = watching
    .run(() => analysed(state, run, part, soakMs))
    .catch(nothingFound)
    .then((outcomes) => {
      found = outcomes;
    });
  await condition(() => found.length > 0 || run.promoted === true || state.stop !== undefined, soakMs);
  watching.cancel();
  await watch;
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
  const input: AnalysisInput = {
    ...{ context: state.context, plan, artifacts, group, machines, probes, soakMs },
    ...{ from: part.from, count: part.count },
  };
  const child = await startChild<typeof analysis>('analysis', {
    ...childOptions,
    workflowId: `analysis/${state.context.changeId}/${group}/${run.batch}`,
    args: [input],
    staticSummary: `${group}: ${probes.map(({ name }) => name).join(', ')}`,
  });
  return await child.result();
}
