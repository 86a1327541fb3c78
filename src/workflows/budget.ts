import type { MachineOutcome } from '../model/index.js';
import { isSpending } from './counts.js';
import { allowedOf, type GroupRun, type GroupsState } from './groupRun.js';

/** Machines that this batch may still lose before nothing more of it is begun. */
export function allowance(state: GroupsState, run: GroupRun): number {
  const ofBatch = allowedOf(run) - run.tolerated.batch;
  const rest = state.maxFailed === undefined ? ofBatch : state.maxFailed - toleratedBy(state);
  return Math.max(0, Math.min(ofBatch, rest));
}

/** Whether these failures are within what the batch and the rollout may lose: then nobody is asked. */
export function isTolerated(state: GroupsState, run: GroupRun, bad: readonly MachineOutcome[]): boolean {
  return bad.every(isSpending) && bad.length <= allowance(state, run);
}

export function tolerate(run: GroupRun, count: number): void {
  run.tolerated.batch += count;
  run.tolerated.group += count;
}

const toleratedBy = ({ groups }: GroupsState): number =>
  groups.reduce((sum, run) => sum + run.tolerated.group, 0);
