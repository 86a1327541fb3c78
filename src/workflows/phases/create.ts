import { call, control } from '../activities.js';
import type { Life } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';
import { entryOf } from './record.js';

/** Makes and boots the machine in one activity; the instance is recorded before anything else can fail. */
export const create: PhaseStep = {
  phase: 'create',
  async go(life) {
    if (life.input.machine.action !== 'create') return notNeeded('exists');
    life.stop.check();
    const made = registerUndo(life);
    life.instance = await life.site.vm.createInstance.executeWithOptions(
      call(life.timing.create, `create ${life.task.machine}`),
      [life.task],
    );
    made();
    await control.putMachine(entryOf(life, { outcome: 'running', phase: 'ready' }));
    return done(life.task.instance);
  },
};

function registerUndo(life: Life): () => void {
  const { destroyInstance } = life.site.vm;
  return life.undo.add(`destroy unfinished ${life.task.machine}`, async () => {
    const { console } = await destroyInstance.executeWithOptions(
      call(life.timing.destroy, `undo: destroy unfinished ${life.task.machine}`),
      [{ ...life.task, unfinished: true }],
    );
    life.instance = null;
    if (console !== undefined) life.evidence.console = console;
  });
}
