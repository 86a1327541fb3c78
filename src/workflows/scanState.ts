import { setHandler, uuid4, workflowInfo } from '@temporalio/workflow';
import type { ScanRef } from '../activities/types.js';
import type { MachineChild } from './child-machine.js';
import { tellToStop } from './children.js';
import { descriptions, reconcileProgress, stopSignal } from './messages.js';
import type { ReconcileInput, ReconcileProgress } from './reconcileTypes.js';
import type { StopRequest } from './types.js';
import { ulidAt } from './ulid.js';

/** One scan at work. */
export interface Scan {
  readonly input: ReconcileInput;
  readonly ref: ScanRef;
  readonly startedAt: string;
  looked: number;
  stop?: StopRequest;
  /** Machine that is being mended. */
  mending?: string;
  child?: MachineChild;
}

/** Nothing is named by a clock or dice of this worker: a replay names the same. */
export function beginScan(input: ReconcileInput): Scan {
  const { fleet, fleetUid, environment, site } = input;
  const { startTime } = workflowInfo();
  const ref = { fleet, fleetUid, environment, site, scan: ulidAt(startTime.getTime(), uuid4()) };
  const scan: Scan = { input, ref, startedAt: startTime.toISOString(), looked: 0 };
  setHandler(stopSignal, (request) => stop(scan, request), { description: descriptions.stop });
  setHandler(reconcileProgress, () => progressOf(scan), { description: descriptions.progress });
  return scan;
}

async function stop(scan: Scan, request: StopRequest): Promise<void> {
  scan.stop ??= request;
  if (scan.child !== undefined) await tellToStop([scan.child], request);
}

const progressOf = ({ ref, looked, stop: stopping, mending }: Scan): ReconcileProgress => ({
  ...{ scan: ref.scan, looked, stopping, mending },
});
