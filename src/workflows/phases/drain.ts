import type { Around } from '../../model/index.js';
import { local } from '../activities.js';
import type { Life } from '../life.js';
import { runStep, settled } from './around.js';
import { done, notNeeded, type PhaseStep } from './phase.js';
import { entryOf } from './record.js';
import { isTouched } from './restore.js';
import { putBack } from './undrain.js';

/**
 * Takes the machine out of use before anything changes or removes it. What ends before that puts it back at once; from the
 * first act on only its verification does.
 */
export const drain: PhaseStep = {
  phase: 'drain',
  async go(life) {
    const { around } = life.input.machine;
    const why = unneeded(life);
    if (around === undefined || why !== undefined) return notNeeded(why ?? 'its group does not say how');
    life.stop.check();
    const instance = life.old?.instance ?? life.instance;
    // What an earlier run left out of use isn't verified because this one did not get far.
    if (typeof life.drained !== 'string')
      life.begun = life.undo.add(`put ${life.task.machine} back into use`, () =>
        putBack(life, around, instance),
      );
    await remember(life, around);
    await runStep(life, around, 'drain', instance);
    await life.stop.interruptible(() => settled(around, 'drain'));
    life.isDrained = true;
    return done(`at ${around.drain.at}`);
  },
};

function unneeded(life: Life): string | undefined {
  const { verb, machine } = life.input;
  if (life.isDrained) return 'it is out of use';
  if (verb === 'apply' && machine.action === 'create') return 'it is not in use yet';
  if (verb === 'destroy' && life.instance === null) return 'it is not there';
  if (verb === 'rollback' && !isTouched(life)) return 'this change never acted on it';
  return machine.unneeded;
}

/** Recorded before the attempt: whatever dies, a machine that may be out of use is known to be. */
async function remember(life: Life, around: Around): Promise<void> {
  life.drained = around.drain.at;
  // While a new instance stands beside the old one, the old one is the machine.
  await local.putMachine(entryOf({ ...life, ...life.old }, { outcome: 'running', phase: 'drain' }));
}
