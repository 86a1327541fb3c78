import { call } from '../activities.js';
import type { Life } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Proves that the machine is ready, after a boot or where looking did not get through. */
export const ready: PhaseStep = {
  phase: 'ready',
  async go(life) {
    if (!isNeeded(life)) return notNeeded('answered when looked at');
    const withinMs = patience(life);
    const proof = await life.stop.interruptible(() =>
      life.site.look.awaitReady.executeWithOptions(
        call(withinMs * 2, `wait until ${life.task.machine} is ready`),
        [{ ...life.task, withinMs }],
      ),
    );
    life.head = proof.head;
    life.evidence.ready = proof.evidence;
    return done(`boot ${proof.bootId.slice(0, 8)}`);
  },
};

const isNeeded = (life: Life): boolean =>
  life.look === undefined || life.booted === true || life.look.unreachable !== undefined;

/** A first boot takes its time; a machine that was admitted to a bundle before only has to answer. */
const patience = ({ timing, booted, input }: Life): number =>
  booted === true || input.machine.baseBundle === null ? timing.ready : timing.silence;
