import { call } from '../activities.js';
import { done, type PhaseStep } from './phase.js';

/** Removes the machine and its disks but the `keep` ones. */
export const destroy: PhaseStep = {
  phase: 'destroy',
  async go(life) {
    life.stop.check();
    const report = await life.site.vm.destroyInstance.executeWithOptions(
      call(life.timing.destroy, `destroy ${life.task.machine}`),
      [life.task],
    );
    life.instance = null;
    life.debts = [];
    if (report.console !== undefined) life.evidence.console = report.console;
    if (!report.existed) return done('it was not there');
    return done(report.keptDisks.length > 0 ? `kept ${report.keptDisks.join(', ')}` : undefined);
  },
};
