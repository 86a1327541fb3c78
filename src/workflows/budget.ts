import type { MachineOutcome } from '../model/index.js';
import { isSpending } from './counts.js';
import { allowedOf, type GroupRun, type GroupsState } from './groupRun.js';

/** Machines that this batch may still lose before nothing more of it is begun. */
export function allowance(state: GroupsState, run: GroupRun): number {
  const ofBatch = allowedOf(run) - run.tolerated.batch;
  return Math.max(0, Math.min(ofBatch, restOf(state)));
}

/** What the whole rollout may still lose. */
const restOf = (state: GroupsState): number =>
  state.maxFailed === undefined ? Number.POSITIVE_INFINITY : state.maxFailed - toleratedBy(state);

/** What one of the slices that are side by side may lose. No two, of whichever groups, are granted the same. */
export function grant(state: GroupsState, run: GroupRun, sideBySide: number): number {
  const share = Math.floor(allowance(state, run) / sideBySide);
  return Math.max(0, Math.min(share, restOf(state) - state.granted));
}

/** Others were granted more than is left to lose. */
export const isOverdrawn = (state: GroupsState): boolean => state.granted > Math.max(0, restOf(state));

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
