import { type EnvironmentRef, MillwrightError, shortDigest } from '../model/index.js';
import type { RunRecord } from '../record/port.js';
import type { RolloutProgress } from '../workflows/types.js';
import type { Context } from './context.js';
import { pause } from './dev/process.js';
import { Ended, refused } from './errors.js';
import { Exit } from './exit.js';
import { environmentFlag } from './flags.js';
import { type ActiveRun, activeRuns } from './run/active.js';
import { isOver } from './run/follow.js';
import { send } from './run/send.js';
import type { Engine } from './temporal.js';

/**
 * Stops the rollout that wants something else, or that waits for an answer, and waits until it has ended. Answers whether there was one: then the
 * machines may be other than they were when the plan was made.
 */
export async function supersede(
  context: Context,
  engine: Engine,
  environment: EnvironmentRef,
  intent: string,
): Promise<boolean> {
  const active = await activeRuns(engine, environment);
  const other = active.find((one) => one.memo.verb !== 'destroy');
  if (!other || (other.memo.intent === intent && !(await isWaiting(engine, other)))) return false;
  const { changeId, plan, startedBy } = other.memo;
  context.say(
    `Superseding plan ${shortDigest(plan)} of ${startedBy}: its running steps end first (change ${changeId}).`,
  );
  await askToEnd(engine, other);
  await untilOver(context, engine, other);
  return true;
}

/** The same intent may need another plan: a VM that is gone is made anew by one that knows so. */
async function isWaiting(engine: Engine, { id, runId }: ActiveRun): Promise<boolean> {
  const handle = engine.client.workflow.getHandle(id, runId);
  const progress = await engine.connection.withDeadline(Date.now() + 10_000, () =>
    handle.query<RolloutProgress>('progress'),
  );
  return progress.questions.length > 0;
}

/** One that ends by itself just now needs no stop. */
async function askToEnd(engine: Engine, run: ActiveRun): Promise<void> {
  try {
    await send(engine, run, 'stop', { reason: 'superseded by another plan' });
  } catch (error) {
    const over = error instanceof MillwrightError && (await isOver(engine, run).catch(() => false));
    if (!over) throw error;
  }
}

async function untilOver(context: Context, engine: Engine, run: ActiveRun): Promise<void> {
  const { timeoutMs } = context.flags;
  const end = timeoutMs === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeoutMs;
  while (!(await isOver(engine, run))) {
    if (Date.now() >= end) {
      context.io.err(
        `The time is over, and change ${run.memo.changeId} still stops; nothing was started. Watch it: millwright status -w${environmentFlag(context)}`,
      );
      throw new Ended(Exit.waits);
    }
    await pause(500);
  }
}

/** A revision that was rolled back isn't tried again by itself: not by a schedule, not by a job that repeats. */
export async function refuseRolledBack(
  record: RunRecord,
  environment: EnvironmentRef,
  revision: string,
): Promise<void> {
  const last = await record.lastOfRevision(environment, revision);
  if (last?.outcome !== 'rolled-back-verified' && last?.outcome !== 'rollback-failed') return;
  const what = last.change.commit?.slice(0, 7) ?? `revision ${shortDigest(revision)}`;
  const verified = last.outcome === 'rolled-back-verified' ? 'and verified' : 'and that failed';
  throw refused(
    'MW-REFUSED-ROLLED-BACK',
    `${what} was rolled back by run ${last.run} (${last.change.startedBy}, ${last.endedAt ?? last.change.startedAt}), ${verified}. It is not tried again by itself.`,
    'Change what was wrong, or say that it should be tried once more: millwright up --again',
  );
}
