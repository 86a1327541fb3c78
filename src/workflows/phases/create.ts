import { call, local } from '../activities.js';
import { type Life, touch } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';
import { entryOf } from './record.js';

/** Makes and boots the machine in one activity; the instance is recorded before anything else can fail. */
export const create: PhaseStep = {
  phase: 'create',
  async go(life) {
    const { action, instance } = life.input.machine;
    if (action !== 'create' && action !== 'replace') return notNeeded('exists');
    life.stop.check();
    await make(life, instance);
    return done(life.task.instance);
  },
};

/** `replaces`: the instance whose place it takes. */
export async function make(life: Life, replaces?: string): Promise<void> {
  touch(life);
  const made = registerUndo(life);
  life.instance = await life.site.vm.createInstance.executeWithOptions(
    call(life.timing.create, `create ${life.task.machine}`),
    [{ ...life.task, replaces }],
  );
  made();
  life.head = null;
  await local.putMachine(entryOf(life, { outcome: 'running', phase: 'ready' }));
}

function registerUndo(life: Life): () => void {
  const { destroyInstance } = life.site.vm;
  const { task } = life;
  return life.undo.add(`destroy unfinished ${task.machine}`, async () => {
    const { console } = await destroyInstance.executeWithOptions(
      call(life.timing.destroy, `undo: destroy unfinished ${task.machine}`),
      [{ ...task, unfinished: true }],
    );
    life.instance = null;
    if (console !== undefined) life.evidence.console = console;
  });
}
