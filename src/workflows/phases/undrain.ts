import type { Around, InstanceInfo } from '../../model/index.js';
import type { Life } from '../life.js';
import { Stopped } from '../stop.js';
import { runStep, settled } from './around.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Puts a machine back into use once it is verified, also one that was left out of use before and is aligned now. */
export const undrain: PhaseStep = {
  phase: 'undrain',
  always: true,
  async go(life) {
    const { around, unneeded } = life.input.machine;
    if (around === undefined || typeof life.drained !== 'string')
      return notNeeded(life.settled ?? 'it was not taken out of use');
    if (life.verified === undefined) return notNeeded(life.settled ?? 'it is not verified');
    if (unneeded !== undefined) {
      life.drained = null;
      return notNeeded(unneeded);
    }
    await putBack(life, around, life.instance);
    // It is in use: a stop has nothing left to prevent.
    await life.stop.interruptible(() => settled(around, 'restore')).catch(unlessStopped);
    return done(`at ${around.restore.at}`);
  },
};

export async function putBack(
  life: Life,
  around: Around,
  instance: InstanceInfo | null | undefined,
): Promise<void> {
  await runStep(life, around, 'restore', instance);
  life.drained = null;
  life.isDrained = undefined;
}

function unlessStopped(error: unknown): void {
  if (!(error instanceof Stopped)) throw error;
}
