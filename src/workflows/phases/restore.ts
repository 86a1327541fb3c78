import { isCancellation } from '@temporalio/workflow';
import type { FailureInfo, RollbackReport, RollbackRung } from '../../model/index.js';
import { failureOf, failWith } from '../failure.js';
import { changeTakenBack, type Life, touch } from '../life.js';
import { aim } from './aim.js';
import { done, notNeeded, type PhaseEnd, type PhaseStep } from './phase.js';
import { rungs } from './rungs.js';

/** Goes down the ladder until a rung holds; below the last one the machine is left as it is. */
export const restore: PhaseStep = {
  phase: 'restore',
  async go(life) {
    const { verified, bundle } = life.input.machine;
    if (verified === null) nothingToReturnTo(life);
    aim(life, verified);
    if (!isTouched(life)) return leaveAlone(life, verified);
    touch(life);
    return climbDown(life, { to: verified, rungs: [] }, bundle);
  },
};

/** Whether there is anything to put back. A machine that nobody got into may have been touched. */
export function isTouched({ head, look, input }: Life): boolean {
  if (look?.found.state !== 'present' || look.unreachable !== undefined || look.debts === null) return true;
  return head?.run.startsWith(`${changeTakenBack(input)}/`) === true || isOurs(head?.run, input.changeId);
}

const isOurs = (run: string | undefined, changeId: string): boolean =>
  run?.startsWith(`${changeId}/`) === true;

function leaveAlone(life: Life, verified: string): PhaseEnd {
  life.rollback = { to: verified, rungs: [] };
  if (life.head?.bundle === verified) return notNeeded('this change never acted on it');
  if (life.input.of === undefined) {
    life.settled = 'this change never acted on it';
    return notNeeded(life.settled);
  }
  failWith({
    code: 'MW-ROLLBACK-OTHER',
    cause: 'machine',
    message: `${life.task.machine} was changed by another run since: ${life.head?.run ?? 'unknown'}`,
    remedy: `millwright history ${life.task.machine}`,
  });
}

async function climbDown(life: Life, report: RollbackReport, bad: string): Promise<PhaseEnd> {
  let failure: FailureInfo | undefined;
  for (const { rung, unreachable } of life.input.machine.rungs) {
    const result = await tryRung(life, rung, rung === 'restore' ? undefined : unreachable);
    report = {
      ...report,
      rungs: [...report.rungs, { rung, done: result === undefined, why: result?.message }],
    };
    life.rollback = report;
    if (result === undefined) return done(`${rung}: ${bad.slice(0, 8)} → ${report.to?.slice(0, 8)}`);
    // What the first rung met is what people must know; an unknown state is worse than any.
    failure = result.code === 'MW-RUN-UNKNOWN' ? result : (failure ?? result);
  }
  failWith(failure ?? noRung(life));
}

/** Undefined: it holds. */
async function tryRung(
  life: Life,
  rung: RollbackRung,
  unreachable: string | undefined,
): Promise<FailureInfo | undefined> {
  if (unreachable !== undefined) return { ...noRung(life), message: unreachable };
  try {
    await rungs[rung](life);
    return undefined;
  } catch (error) {
    if (isCancellation(error)) throw error;
    return failureOf(error);
  }
}

const noRung = (life: Life): FailureInfo => ({
  code: 'MW-ROLLBACK-UNREACHABLE',
  cause: 'change',
  message: `no way back for ${life.task.machine} is named in its group; it is left as it is`,
  remedy: 'add restore, snapshot or replace to the group’s rollback list, or mend it and millwright up',
});

function nothingToReturnTo(life: Life): never {
  life.rollback = { to: null, rungs: [] };
  failWith({
    code: 'MW-ROLLBACK-NOTHING',
    cause: 'change',
    message: `nothing was ever verified on ${life.task.machine}: there is nothing to return to`,
    remedy: `millwright destroy ${life.task.machine}, or mend the contract and millwright up --supersede`,
  });
}
