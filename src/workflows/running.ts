import type { CancellationScope } from '@temporalio/workflow';
import type { Change, FailureInfo } from '../model/index.js';
import type { Gates } from './gates.js';
import type { Governor } from './governor.js';
import type { GroupRun, GroupsState } from './groupRun.js';
import type { Questions } from './questions.js';
import type { RolloutInput, RolloutResult, SteerRequest, StopRequest } from './types.js';

/** One rollout, destroy or rollback, as its messages see it. */
export interface Running {
  readonly input: RolloutInput;
  readonly questions: Questions;
  readonly governor: Governor;
  readonly gates: Gates;
  /** Cancelled to end all work before everything is put back. */
  readonly working: CancellationScope;
  groups: readonly GroupRun[];
  shared?: GroupsState;
  change?: Change;
  run?: number;
  stop?: StopRequest;
  rollingBack?: SteerRequest;
  failure?: FailureInfo;
  /** Why it never began, or went no further: nobody agreed, or it wasn't the time. */
  barred?: 'rejected' | 'missed' | 'refused';
  result?: RolloutResult;
}
