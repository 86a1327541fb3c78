import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { BatchProgress, MachineProgress, RolloutProgress, StopRequest } from './types.js';

/** Rollout and destroy: finish the running steps, then end and leave things as they are. Answers once it is accepted. */
export const stopUpdate = defineUpdate<{ stopping: true }, [StopRequest]>('stop');
/** Batch and machine: the same, passed down; also what a destroy asks of a rollout's machine. */
export const stopSignal = defineSignal<[StopRequest]>('stop');

/** One query name everywhere; the answer's shape is that of the workflow asked. */
export const rolloutProgress = defineQuery<RolloutProgress>('progress');
export const batchProgress = defineQuery<BatchProgress>('progress');
export const machineProgress = defineQuery<MachineProgress>('progress');

export const descriptions = {
  stop: 'Finish the running step, then end and leave things as they are; the rest is owed.',
  progress: 'Where it stands: groups and batches, machines, or the phases of one machine.',
} as const;
