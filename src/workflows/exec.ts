import { defineQuery, isCancellation, setHandler } from '@temporalio/workflow';
import { call, siteActivities } from './activities.js';
import { failureOf } from './failure.js';
import type { ExecInput, ExecMachine, ExecProgress, ExecReport } from './lookTypes.js';
import { timingOf } from './timing.js';
import { slidingWindow } from './window.js';

export const execProgress = defineQuery<ExecProgress>('progress');

type Executed = ExecReport['machines'][number];

/** One command on many machines; its own history is the record of it. */
export async function exec(input: ExecInput): Promise<ExecReport> {
  const machines: Executed[] = [];
  setHandler(execProgress, () => ({ total: input.machines.length, done: machines }));
  await slidingWindow(
    input.machines,
    input.maxParallel,
    () => true,
    async (one, started) => {
      started();
      machines.push(await execOn(input, one));
    },
  );
  return { machines };
}

async function execOn(input: ExecInput, { machine, site, instance, target }: ExecMachine): Promise<Executed> {
  const { argv, timeoutMs } = input;
  const { execCommand } = siteActivities(site, timingOf(input)).push;
  // A command is not known to be repeatable: what was lost on the way is told, never tried again.
  const once = call(timeoutMs + 60_000, `exec on ${machine}`, { retry: { maximumAttempts: 1 } });
  try {
    const outcome = await execCommand.executeWithOptions(once, [
      { site, target, machine, instance, argv, timeoutMs },
    ]);
    return { ...outcome, machine };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { machine, code: null, failure: failureOf(error) };
  }
}
