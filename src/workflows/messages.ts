import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Vote } from '../model/index.js';
import type { ReconcileProgress } from './reconcileTypes.js';
import type {
  BatchProgress,
  ControlRequest,
  LimitRequest,
  MachineProgress,
  PlainVote,
  RolloutProgress,
  SteerRequest,
  StopRequest,
} from './types.js';

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

/** Of rollout, each also as a signal of the same name. `pause`: nothing new starts; `promote` ends a soak early. */
export const pauseUpdate = defineUpdate<{ accepted: true }, [ControlRequest]>('pause');
export const resumeUpdate = defineUpdate<{ accepted: true }, [ControlRequest]>('resume');
export const promoteUpdate = defineUpdate<{ accepted: true }, [ControlRequest]>('promote');
export const limitUpdate = defineUpdate<{ accepted: true }, [LimitRequest]>('limit');
export const pauseSignal = defineSignal<[ControlRequest]>('pause');
export const resumeSignal = defineSignal<[ControlRequest]>('resume');
export const promoteSignal = defineSignal<[ControlRequest]>('promote');
export const limitSignal = defineSignal<[LimitRequest]>('limit');

/** A signed vote: answers once its signature was judged and it counts, or is refused by name (`MW-VOTE-…`). */
export const voteUpdate = defineUpdate<{ counted: true; missing: number }, [Vote]>('vote');
/** Answers of gates that take unsigned or external ones. */
export const approveUpdate = defineUpdate<{ counted: true; missing: number }, [PlainVote]>('approve');
export const rejectUpdate = defineUpdate<{ counted: true; missing: number }, [PlainVote]>('reject');
export const approveSignal = defineSignal<[PlainVote]>('approve');
export const rejectSignal = defineSignal<[PlainVote]>('reject');

/** Of a batch: start no further machine, give back those that were not begun. */
export const drainSignal = defineSignal('drain');

/** One query name everywhere; the answer's shape is that of the workflow asked. */
export const rolloutProgress = defineQuery<RolloutProgress>('progress');
export const batchProgress = defineQuery<BatchProgress>('progress');
export const reconcileProgress = defineQuery<ReconcileProgress>('progress');
export const machineProgress = defineQuery<MachineProgress>('progress');

export const descriptions = {
  stop: 'Finish the running step, then end and leave things as they are; the rest is owed.',
  retry:
    'Run the same plan again on {machine}, or on every machine with an open question, from its receipts.',
  skip: 'Leave {machine}, or every machine with an open question, out and go on.',
  rollback:
    'Put back and verify what was verified before: on {machine}, on its whole {batch}, or on all that this run touched.',
  pause: 'Start nothing new; what runs comes to its end. Windows and gates stay as they are.',
  resume: 'Go on after a pause.',
  promote: 'End the soak of {group}, or of all groups that soak, now.',
  limit: 'From now on at most {maxParallel} machines of {group} are at work at once.',
  vote: 'A signed vote on an open gate, over fleet, environment, change, gate, decision and plan.',
  approve: 'Approve an open gate that takes unsigned or external answers.',
  reject: 'Reject an open gate that takes unsigned or external answers.',
  drain: 'Start no further machine and give back those that were not begun.',
  progress: 'Where it stands: groups and batches, machines, or the phases of one machine.',
} as const;
