import { isCancellation } from '@temporalio/workflow';
import { instanceId } from '../../model/ids.js';
import type { FailureInfo, RollbackRung } from '../../model/index.js';
import { failureOf, failWith } from '../failure.js';
import { attemptOf, changeTakenBack, type Life, sawHead } from '../life.js';
import { restoreSnapshot } from '../snapshots.js';
import { aim, ensureBytes } from './aim.js';
import { powerOn } from './boot.js';
import { make } from './create.js';
import { remove } from './destroy.js';
import { lookAt } from './look.js';
import { keep, startRun } from './provision.js';
import { awaitReady } from './ready.js';

const byHand = 'mend the contract and millwright up --supersede';

/** The ways back. Each throws where it doesn't lead back; what it did until then is in `life`. */
export const rungs: Readonly<Record<RollbackRung, (life: Life) => Promise<void>>> = {
  restore,
  snapshot,
  replace,
};

/** Takes back the steps that the change touched, newest first, then applies what was verified. */
async function restore(life: Life): Promise<void> {
  if (life.instance === null) isGone(life);
  if (life.look?.unreachable !== undefined) mayBeActive(life, life.look.unreachable.message);
  if (life.instance?.power === 'off') {
    await powerOn(life);
    await awaitReady(life, life.timing.ready);
    await lookAgain(life);
  }
  ensureBytes(life);
  await run(life, { change: changeTakenBack(life.input), bytes: life.input.machine.bundleBytes });
}

/** Puts disks and memory back to the moment before the change; all that was written since is gone. */
async function snapshot(life: Life): Promise<void> {
  const failure = await restoreOnce(life);
  // It was taken of what was verified. A look that doesn't come about leaves it at that.
  if (failure === undefined) life.assigned = life.task.bundle ?? undefined;
  await awaitReady(life, life.timing.ready);
  await lookAgain(life);
  life.debts = life.look?.debts ?? undefined;
  if (life.look?.unreachable !== undefined) failWith(life.look.unreachable);
  if (life.head?.bundle === life.task.bundle) return;
  failWith(
    failure ?? {
      code: 'MW-ROLLBACK-SNAPSHOT',
      cause: 'machine',
      message: `the snapshot of ${life.task.machine} holds ${life.head?.bundle.slice(0, 8) ?? 'nothing'}`,
      remedy: byHand,
    },
  );
}

/** What it failed with: it may have come to its end all the same, which a look tells. */
async function restoreOnce(life: Life): Promise<FailureInfo | undefined> {
  const existed = await restoreSnapshot(life).catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    return failureOf(error);
  });
  if (typeof existed === 'object') return existed;
  if (existed) return undefined;
  failWith({
    code: 'MW-ROLLBACK-SNAPSHOT',
    cause: 'machine',
    message: `${life.task.machine} has no snapshot of before this change`,
    remedy: byHand,
  });
}

async function lookAgain(life: Life): Promise<void> {
  life.look = await lookAt(life, 'status');
  sawHead(life, life.look.head);
  aim(life, life.task.bundle ?? '');
}

/** A new instance with the kept disks and what was verified; everything else on the old one is gone. */
async function replace(life: Life): Promise<void> {
  const { ref, changeId } = life.input;
  const old = life.task.instance;
  ensureBytes(life);
  await remove(life);
  life.task = { ...life.task, instance: `${instanceId(ref, changeId)}+rollback${attemptOf(life.input)}` };
  await make(life, old);
  await awaitReady(life, life.timing.ready);
  await run(life);
}

async function run(life: Life, undo?: { readonly change: string; readonly bytes: string }): Promise<void> {
  const result = await startRun(life, undo);
  keep(life, result);
  if (result.failure !== undefined) failWith(result.failure);
  if (result.ended !== undefined)
    failWith({
      code: 'MW-ROLLBACK-ENDED',
      cause: 'cancelled',
      message: `the rollback was ${result.ended}`,
      remedy: 'millwright rollback the run again, or mend the contract and millwright up',
    });
}

function isGone({ task }: Life): never {
  failWith({
    code: 'MW-MACHINE-GONE',
    cause: 'machine',
    message: `${task.instance} is not there any more`,
    remedy: 'millwright plan shows what creating it anew would do',
  });
}

function mayBeActive({ task }: Life, why: string): never {
  failWith({
    code: 'MW-RUN-UNKNOWN',
    cause: 'unreachable',
    message: `unknown: a run may still be active on ${task.machine}. ${why}`,
    remedy: `millwright console ${task.machine}, then millwright rollback again`,
  });
}
