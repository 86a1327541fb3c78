import { startChild } from '@temporalio/workflow';
import { workflowId } from '../model/ids.js';
import type { MachineOutcome } from '../model/index.js';
import { attributesAtStart } from './attributes.js';
import type { batch } from './batch.js';
import { childOptions, tellToDrain, tellToStop } from './children.js';
import { addCounts } from './counts.js';
import type { GroupRun, GroupsState, Part } from './groupRun.js';
import type { BatchInput, BatchResult, Verb } from './types.js';

/** Works on a part of a group and adds what became of its machines. */
export async function runBatch(
  state: GroupsState,
  run: GroupRun,
  part: Part & Pick<BatchInput, 'maxFailed' | 'maxParallel'>,
): Promise<BatchResult> {
  const result = await resultOf(state, run, inputOf(state, run, part));
  run.counts = addCounts([run.counts, result.counts]);
  state.outcomes.push(...result.machines);
  return result;
}

/** The same again, or a rollback, for machines that a batch named before; the caller settles what comes of it. */
export async function runAgain(
  state: GroupsState,
  run: GroupRun,
  part: Part & { readonly verb: Verb; readonly again?: BatchInput['again'] },
): Promise<readonly MachineOutcome[]> {
  const { machines } = await resultOf(state, run, { ...inputOf(state, run, part), everyMachine: true });
  return machines;
}

const inputOf = (
  { context, change, everyMachine }: GroupsState,
  { group, verb, maxParallel, strategy }: GroupRun,
  part: Part & Partial<BatchInput>,
): BatchInput => ({
  ...{ context, verb, group, maxParallel, everyMachine },
  ...(strategy !== undefined && strategy.surge > 0 ? { surge: strategy.surge } : {}),
  plan: change.plan,
  artifacts: change.artifacts,
  allowReplace: change.allowDestroy,
  ...part,
});

async function resultOf(state: GroupsState, run: GroupRun, input: BatchInput): Promise<BatchResult> {
  const id = workflowId.batch(input.context.changeId, state.batches++);
  run.batches.push(id);
  const { drains } = run;
  const child = await startChild<typeof batch>('batch', {
    ...childOptions,
    workflowId: id,
    args: [input],
    memo: { changeId: input.context.changeId, group: input.group ?? '' },
    staticSummary: summaryOf(input),
    typedSearchAttributes: attributesAtStart(input.context, { revision: input.context.revision }),
  });
  state.children.set(child, run);
  if (state.stop !== undefined) await tellToStop([child], state.stop);
  else if (run.drains !== drains) await tellToDrain(new Map([[child, run]]));
  try {
    return await child.result();
  } finally {
    state.children.delete(child);
  }
}

function summaryOf({ verb, group, count, only, again, maxParallel }: BatchInput): string {
  const machines =
    only?.length === 1 ? only[0] : `${only?.length ?? count} machines, ${maxParallel} at a time`;
  const [one] = Object.values(again ?? {});
  const attempt = one === undefined || one.attempt === 1 ? '' : `, attempt ${one.attempt}`;
  return `${verb} ${group ?? 'removed machines'}: ${machines}${attempt}`;
}
