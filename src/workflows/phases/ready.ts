import { call } from '../activities.js';
import { type Life, sawHead } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Proves that the machine is ready, after a boot or where looking did not get through. */
export const ready: PhaseStep = {
  phase: 'ready',
  async go(life) {
    if (!isNeeded(life)) return notNeeded('answered when looked at');
    const bootId = await life.stop.interruptible(() => awaitReady(life, patience(life)));
    return done(`boot ${bootId.slice(0, 8)}`);
  },
};

/** Its boot id. */
export async function awaitReady(life: Life, withinMs: number): Promise<string> {
  const proof = await life.site.look.awaitReady.executeWithOptions(
    call(withinMs * 2, `wait until ${life.task.machine} is ready`),
    [{ ...life.task, withinMs }],
  );
  sawHead(life, proof.head);
  life.evidence.ready = proof.evidence;
  return proof.bootId;
}

const isNeeded = (life: Life): boolean =>
  isNew(life) || life.booted === true || life.look?.unreachable !== undefined;

const isNew = ({ input }: Life): boolean =>
  input.machine.action === 'create' || input.machine.action === 'replace';

/** A first boot takes its time; a machine that was admitted to a bundle before only has to answer. */
const patience = (life: Life): number => {
  const { timing, booted, input } = life;
  const first = booted === true || isNew(life) || input.machine.baseBundle === null;
  return first ? timing.ready : timing.silence;
};
