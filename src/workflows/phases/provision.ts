import { isCancellation } from '@temporalio/workflow';
import type { EndHow, ProvisionResult } from '../../activities/types.js';
import type { FailureInfo } from '../../model/index.js';
import { call } from '../activities.js';
import { failureOf, failWith } from '../failure.js';
import { type Life, sawHead, touch } from '../life.js';
import { takeSnapshot } from '../snapshots.js';
import { Stopped } from '../stop.js';
import { done, type PhaseEnd, type PhaseStep } from './phase.js';

/** Starts or attaches to the run on the target and follows it to its end. */
export const provision: PhaseStep = {
  phase: 'provision',
  async go(life) {
    await takeSnapshot(life);
    const ended = life.undo.add(`end run ${life.run}`, async () => keep(life, await endRun(life, 'cancel')));
    const result = await follow(life).catch((error: unknown) => {
      // Only a cancellation needs it: after any other failure the run has ended, or nobody knows and it is said so.
      if (!isCancellation(error)) ended();
      throw error;
    });
    ended();
    return judge(life, result);
  },
};

async function follow(life: Life): Promise<ProvisionResult> {
  try {
    return await life.stop.interruptible(() => startRun(life));
  } catch (error) {
    if (error instanceof Stopped) return endRun(life, 'stop');
    throw error;
  }
}

interface Undone {
  readonly change: string;
  readonly bytes: string;
}

/** `undo` makes it a rollback of what runs of that change did with that tar. */
export async function startRun(life: Life, undo?: Undone): Promise<ProvisionResult> {
  touch(life);
  try {
    return await attemptRun(life, undo);
  } catch (error) {
    if (isCancellation(error)) throw error;
    return endFailed(life, failureOf(error));
  }
}

function attemptRun(life: Life, undo: Undone | undefined): Promise<ProvisionResult> {
  return life.site.push.provision.executeWithOptions(
    call(life.timing.provision, `${undo === undefined ? 'provision' : 'roll back'} ${life.task.machine}`),
    [{ ...life.task, run: life.run, expect: life.head, undo, only: stepsOf(life) }],
  );
}

/** What is put back is put back whole. */
const stepsOf = ({ input }: Life): readonly string[] | undefined =>
  input.verb === 'apply' ? input.steps : undefined;

/** The target's own no: this run never began. */
const refusals = /^MW-(MACHINE-HELD|RUN-BUSY|RUN-STALE|RUN-TOMBSTONED|ROLLBACK-.*)$/;

/**
 * Attempts that came to nothing may have started the run, or start it late: it ends after its running step, or never
 * begins, so that what it did until then is known. One that ended by itself meanwhile counts.
 */
async function endFailed(life: Life, failure: FailureInfo): Promise<ProvisionResult> {
  if (failure.code === 'MW-RUN-UNKNOWN' || refusals.test(failure.code)) failWith(failure);
  const result = await endRun(life, 'stop').catch((error: unknown) => {
    if (isCancellation(error)) throw error;
    failWith({
      ...failure,
      code: 'MW-RUN-UNKNOWN',
      message: `unknown: a run may still be active on ${life.task.machine}. ${failure.message}`,
    });
  });
  if (result.ended === undefined) return result;
  keep(life, result);
  failWith(failure);
}

/** Before all that waits for a push slot: it frees one. */
function endRun(life: Life, how: EndHow): Promise<ProvisionResult> {
  return life.site.push.endRun.executeWithOptions(
    call(life.timing.look, `${how} the run on ${life.task.machine}`, { priority: { priorityKey: 1 } }),
    [{ ...life.task, run: life.run, how }],
  );
}

export function keep(life: Life, result: ProvisionResult): void {
  life.counts = result.counts;
  life.debts = result.debts ?? life.debts;
  life.instance = result.instance ?? life.instance;
  life.proved = result.verified;
  life.evidence.journal = result.evidence;
  if (result.head !== null) sawHead(life, result.head);
}

function judge(life: Life, result: ProvisionResult): PhaseEnd {
  keep(life, result);
  if (result.failure !== undefined) failWith(result.failure);
  if (result.ended !== undefined) throw new Stopped();
  return done(`${result.counts.changed} changed, ${result.counts.ok} ok`);
}
