import { call, local } from '../activities.js';
import { type Life, newInstance, type Standing } from '../life.js';
import { make } from './create.js';
import { removeInstance } from './destroy.js';
import { done, notNeeded, type PhaseStep } from './phase.js';
import { entryOf } from './record.js';

/**
 * Makes the new instance while the old one goes on. Until the new one has taken over, whatever ends this destroys it, and the
 * old one is the machine still.
 */
export const createBeside: PhaseStep = {
  phase: 'create',
  async go(life) {
    const old = life.input.machine.instance;
    life.stop.check();
    if (life.instance === null) await makeAnew(life, old);
    else if (life.task.instance !== old) return notNeeded('an attempt before this one made it');
    else await makeBeside(life, old);
    return done(life.task.instance);
  },
};

/** The old one isn't there any more. */
async function makeAnew(life: Life, old: string | undefined): Promise<void> {
  life.task = { ...life.task, instance: newInstance(life.input) };
  await make(life, old);
}

async function makeBeside(life: Life, old: string): Promise<void> {
  const { task, instance, head, debts, assigned, verified } = life;
  const before: Standing = { task, instance, head, debts, assigned, verified };
  life.beside = newInstance(life.input);
  // Both are recorded before there are two: whatever dies, each is known.
  await local.putMachine(entryOf(life, { outcome: 'running', phase: 'create', beside: life.beside }));
  life.undo.add(`destroy unfinished ${task.machine}`, () => giveUp(life, before));
  life.old = before;
  life.task = { ...task, instance: life.beside };
  Object.assign(life, { head: null, debts: undefined, assigned: undefined, counts: undefined });
  life.instance = await life.site.vm.createInstance.executeWithOptions(
    call(life.timing.create, `create ${task.machine} beside the old one`),
    [{ ...life.task, replaces: old }],
  );
}

async function giveUp(life: Life, before: Standing): Promise<void> {
  const { task } = life;
  Object.assign(life, { ...before, old: undefined });
  const { console } = await life.site.vm.destroyInstance.executeWithOptions(
    call(life.timing.destroy, `undo: destroy unfinished ${task.machine}`),
    [{ ...task, unfinished: true }],
  );
  life.beside = undefined;
  if (console !== undefined) life.evidence.console = console;
}

/** The new one is verified and in use: from here on it is the machine, and the old one goes. */
export const retireOld: PhaseStep = {
  phase: 'destroy',
  async go(life) {
    const old = life.input.machine.instance;
    if (old === undefined || old === life.task.instance) return notNeeded('there is no other');
    life.undo.forget();
    life.old = undefined;
    life.begun = undefined;
    life.beside = old;
    await local.putMachine(entryOf(life, { outcome: 'running', phase: 'destroy', beside: old }));
    const said = await removeInstance(life, old);
    life.beside = undefined;
    return done(said);
  },
};
