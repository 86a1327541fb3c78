import { call } from '../activities.js';
import { type Life, newInstance, touch } from '../life.js';
import { done, notNeeded, type PhaseStep } from './phase.js';

/** Removes the machine and its disks but the `keep` ones. */
export const destroy: PhaseStep = {
  phase: 'destroy',
  async go(life) {
    life.stop.check();
    const said = await remove(life);
    life.drained = null;
    return done(said);
  },
};

/** Makes room for the new instance of a replacement, which comes under the same name and with the kept disks. */
export const retire: PhaseStep = {
  phase: 'destroy',
  async go(life) {
    const old = life.input.machine.instance;
    if (life.task.instance !== old) return notNeeded('an attempt before this one did it');
    life.stop.check();
    const said = await remove(life);
    life.task = { ...life.task, instance: newInstance(life.input) };
    return done(said);
  },
};

export async function remove(life: Life): Promise<string | undefined> {
  touch(life);
  const said = await removeInstance(life, life.task.instance);
  life.instance = null;
  life.debts = [];
  life.assigned = undefined;
  return said;
}

/** The console is captured first. Says what is worth saying. */
export async function removeInstance(life: Life, instance: string): Promise<string | undefined> {
  const report = await life.site.vm.destroyInstance.executeWithOptions(
    call(life.timing.destroy, `destroy ${life.task.machine}`),
    [{ ...life.task, instance }],
  );
  if (report.console !== undefined) life.evidence.console = report.console;
  if (!report.existed) return 'it was not there';
  if (report.left) return 'given up; it exists by itself and is left as it is';
  return report.keptDisks.length > 0 ? `kept ${report.keptDisks.join(', ')}` : undefined;
}
