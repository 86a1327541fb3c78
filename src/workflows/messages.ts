import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BatchProgress, MachineProgress, RolloutProgress, SteerRequest, StopRequest } from './types.js';

/** Rollout and destroy: finish the running steps, then end and leave things as they are. Answers once it is accepted. */
export const stopUpdate = defineUpdate<{ stopping: true }, [StopRequest]>('stop');
/** Batch and machine: the same, passed down; also what a destroy asks of a rollout's machine. */
export const stopSignal = defineSignal<[StopRequest]>('stop');

/** Answers to open questions, on rollout and destroy. Each answers once it is accepted; what follows shows in `progress`. */
export const retryUpdate = defineUpdate<{ accepted: true }, [SteerRequest]>('retry');
export const skipUpdate = defineUpdate<{ accepted: true }, [SteerRequest]>('skip');
export const rollbackUpdate = defineUpdate<{ accepted: true }, [SteerRequest]>('rollback');
/** The same for a bare `temporal workflow signal`; what makes no sense is ignored and logged. */
export const retrySignal = defineSignal<[SteerRequest]>('retry');
export const skipSignal = defineSignal<[SteerRequest]>('skip');
export const rollbackSignal = defineSignal<[SteerRequest]>('rollback');

/** One query name everywhere; the answer's shape is that of the workflow asked. */
export const rolloutProgress = defineQuery<RolloutProgress>('progress');
export const batchProgress = defineQuery<BatchProgress>('progress');
export const machineProgress = defineQuery<MachineProgress>('progress');

export const descriptions = {
  stop: 'Finish the running step, then end and leave things as they are; the rest is owed.',
  retry:
    'Run the same plan again on {machine}, or on every machine with an open question, from its receipts.',
  skip: 'Leave {machine}, or every machine with an open question, out and go on.',
  rollback:
    'Put back and verify what was verified before: on {machine}, on its whole {batch}, or on all that this run touched.',
  progress: 'Where it stands: groups and batches, machines, or the phases of one machine.',
} as const;
