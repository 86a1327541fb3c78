import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  type ChildWorkflowHandle,
  getExternalWorkflowHandle,
  log,
  sleep,
  type Workflow,
} from '@temporalio/workflow';
import type { Holder } from '../activities/types.js';
import { control } from './activities.js';
import { drainSignal, stopSignal } from './messages.js';
import type { Timing } from './timing.js';
import type { StopRequest } from './types.js';

/** A child outlives its parent's end, is waited for when cancelled, and may run again under its id. */
export const childOptions = {
  parentClosePolicy: 'ABANDON',
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  workflowIdReusePolicy: 'ALLOW_DUPLICATE',
} as const;

/** What to do about somebody else who runs under the wanted id. */
export interface Collision {
  readonly workflowId: string;
  readonly timing: Timing;
  /** Set when we have precedence: the holder is asked to stop, in this name. */
  readonly askToYield?: string;
  /** Asked only where a scheduled scan mends the machine. */
  readonly onlyReconcile?: boolean;
}

/** Starts a child under an id that another change may hold, waiting for it up to `timing.busy`; then says who holds it. */
export async function startWhenFree<T extends Workflow>(
  { workflowId, timing, askToYield, onlyReconcile }: Collision,
  start: () => Promise<ChildWorkflowHandle<T>>,
): Promise<ChildWorkflowHandle<T> | Holder> {
  const deadline = Date.now() + timing.busy;
  for (let asked = false; ; asked = true) {
    const child = await startIfFree(start);
    if (child !== undefined) return child;
    const holder = await control.holder(workflowId);
    if (holder.running && Date.now() >= deadline) return holder;
    const mayAsk = !onlyReconcile || holder.reconciles;
    if (!asked && mayAsk && askToYield !== undefined) await yieldPlease(workflowId, askToYield);
    if (holder.running) await sleep(timing.busyPoll, { summary: `${workflowId} is busy` });
  }
}

async function startIfFree<T extends Workflow>(
  start: () => Promise<ChildWorkflowHandle<T>>,
): Promise<ChildWorkflowHandle<T> | undefined> {
  try {
    return await start();
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return undefined;
    throw error;
  }
}

async function yieldPlease(workflowId: string, by: string): Promise<void> {
  try {
    await getExternalWorkflowHandle(workflowId).signal(stopSignal, { by });
  } catch (error) {
    // It ended between our start and our signal: the next start tells.
    log.info('holder is gone', { workflowId, error: String(error) });
  }
}

export const isChild = <T extends Workflow>(
  one: ChildWorkflowHandle<T> | Holder,
): one is ChildWorkflowHandle<T> => 'result' in one;

/** Has running batches, of one group or of all, start nothing more. One who has just ended needs no signal. */
export async function tellToDrain(
  children: ReadonlyMap<Pick<ChildWorkflowHandle<Workflow>, 'signal'>, unknown>,
  run?: unknown,
): Promise<void> {
  const meant = [...children].filter(([, of]) => run === undefined || of === run);
  await Promise.allSettled(meant.map(([child]) => child.signal(drainSignal)));
}

/** Passes a stop down. One who has just ended can't be signalled and needs no signal. */
export async function tellToStop(
  children: readonly Pick<ChildWorkflowHandle<Workflow>, 'signal'>[],
  request: StopRequest,
): Promise<void> {
  await Promise.allSettled(children.map((child) => child.signal(stopSignal, request)));
}
