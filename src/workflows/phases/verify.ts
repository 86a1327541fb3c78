import { call } from '../activities.js';
import { failWith } from '../failure.js';
import type { Life } from '../life.js';
import { dropSnapshot } from '../snapshots.js';
import { done, type PhaseStep } from './phase.js';

/** Runs the checks that the user wrote, from where the user said. */
export const verify: PhaseStep = {
  phase: 'verify',
  async go(life) {
    const checks = life.proved ? 0 : await runChecks(life);
    life.verified = life.task.bundle ?? life.input.machine.bundle;
    await dropSnapshot(life);
    return done(`${checks} checks`);
  },
};

/** How many held. */
async function runChecks(life: Life): Promise<number> {
  const result = await life.stop.interruptible(() =>
    life.site.look.verifyMachine.executeWithOptions(call(life.timing.verify, `verify ${life.task.machine}`), [
      life.task,
    ]),
  );
  life.evidence.verify = result.evidence;
  if (result.failure !== undefined) failWith(result.failure);
  return result.checks.length;
}
