import { isCancellation, log } from '@temporalio/workflow';
import type { SnapshotOrder, SnapshotResult } from '../activities/types.js';
import { call } from './activities.js';
import { failureOf } from './failure.js';
import { changeTakenBack, type Life } from './life.js';

/** Where the group names the rung and there is something verified to return to: taken before the first act of a change. */
export async function takeSnapshot(life: Life): Promise<void> {
  if (isWorthOne(life)) await order(life, 'take');
}

/** Whether one was there. */
export async function restoreSnapshot(life: Life): Promise<boolean> {
  const { instance, existed } = await order(life, 'restore');
  life.instance = instance ?? life.instance;
  return existed;
}

/** What was verified needs no way back any more, nor those of changes that failed before it; a snapshot that can't be removed costs space and nothing else. */
export async function dropSnapshot(life: Life): Promise<void> {
  if (!namesRung(life)) return;
  try {
    await order(life, 'delete');
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { code, message } = failureOf(error);
    log.warn('snapshot stays', { machine: life.task.machine, code, message });
  }
}

const namesRung = ({ input: { machine } }: Life): boolean =>
  machine.verified !== null &&
  machine.rungs.some(({ rung, unreachable }) => rung === 'snapshot' && unreachable === undefined);

/** A snapshot of anything but what was verified would be no way back. */
const isWorthOne = (life: Life): boolean =>
  namesRung(life) && life.input.machine.verified === life.input.machine.baseBundle;

function order(life: Life, what: SnapshotOrder['order']): Promise<SnapshotResult> {
  const name = `change-${changeTakenBack(life.input)}`;
  return life.site.vm.snapshotInstance.executeWithOptions(
    call(life.timing.create, `${what} snapshot of ${life.task.machine}`),
    [{ ...life.task, order: what, name }],
  );
}
