import { call } from '../activities.js';
import { type Life, touch } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Powers on a machine that exists and is off, or gives it its new shape by a power cycle. */
export const boot: PhaseStep = {
  phase: 'boot',
  async go(life) {
    const { action } = life.input.machine;
    if (action === 'create' || action === 'replace') return notNeeded('create boots it');
    if (action === 'power cycle') return reshape(life);
    if (life.instance?.power !== 'off') return notNeeded('runs');
    life.stop.check();
    await powerOn(life);
    return done('was off');
  },
};

async function reshape(life: Life) {
  life.stop.check();
  touch(life);
  const before = life.instance?.shape;
  life.instance = await life.site.vm.reshapeInstance.executeWithOptions(
    call(life.timing.create, `power cycle ${life.task.machine}`),
    [life.task],
  );
  life.booted = true;
  return done(before === life.instance.shape ? 'has its shape' : 'power cycled into its new shape');
}

export async function powerOn(life: Life): Promise<void> {
  touch(life);
  life.instance = await life.site.vm.startInstance.executeWithOptions(
    call(life.timing.create, `boot ${life.task.machine}`),
    [life.task],
  );
  life.booted = true;
}
