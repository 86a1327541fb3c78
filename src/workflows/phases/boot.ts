import { call } from '../activities.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Powers on a machine that exists and is off. */
export const boot: PhaseStep = {
  phase: 'boot',
  async go(life) {
    if (life.input.machine.action === 'create') return notNeeded('create boots it');
    if (life.instance?.power !== 'off') return notNeeded('runs');
    life.stop.check();
    life.instance = await life.site.vm.startInstance.executeWithOptions(
      call(life.timing.create, `boot ${life.task.machine}`),
      [life.task],
    );
    life.booted = true;
    return done('was off');
  },
};
