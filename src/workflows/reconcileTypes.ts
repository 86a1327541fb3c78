import type { DriftedMachine, RefusedMachine, ScanJudgement } from '../activities/types.js';
import type { EnvironmentRef, MachineOutcome } from '../model/index.js';
import type { StopRequest } from './steerTypes.js';
import type { Timing } from './timing.js';

export interface ReconcileInput extends EnvironmentRef {
  readonly site: string;
  readonly mode: 'report' | 'enforce';
  /** Drifted machines that one scan may mend. */
  readonly maxMachines: number;
  readonly timing?: Partial<Timing>;
}

export interface Mended {
  /** ULID of the change; undefined: nothing was to be mended. */
  readonly changeId?: string;
  readonly machines: readonly MachineOutcome[];
  readonly refused: readonly RefusedMachine[];
  /** Why the mending ended before its last machine. */
  readonly left?: string;
}

export interface ReconcileReport extends Pick<ScanJudgement, 'counts'> {
  /** ULID of the scan. */
  readonly scan: string;
  /** At most 50 of them; all are in the record. */
  readonly drifted: readonly Pick<DriftedMachine, 'machine' | 'steps'>[];
  readonly mended: Mended;
}

/** Answer of the `progress` query of a scan. */
export interface ReconcileProgress {
  readonly scan: string;
  readonly looked: number;
  readonly stopping?: StopRequest;
  /** Machine that is being mended. */
  readonly mending?: string;
}
