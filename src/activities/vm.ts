import { MillwrightError, type Target } from '../model/index.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { targetOf } from './machine.js';
import type { MachineTask, VmActivities } from './types.js';

const consoleBytes = 256 * 1024;

export function createVmActivities(deps: SiteDeps): VmActivities {
  const { provider } = deps;
  return {
    createInstance: (task) =>
      attempt(async ({ say, signal }) => {
        const target = await targetOf(deps, task);
        const { publicKey } = await deps.keystore.loginKey();
        const { ref, shape, protect } = target;
        return provider.create(
          { ref, instance: task.instance, shape, protect, loginKeys: [publicKey], replaces: task.replaces },
          say,
          signal,
        );
      }),
    startInstance: (task) =>
      attempt(async ({ say }) => {
        await targetOf(deps, task);
        return provider.start(task.instance, say);
      }),
    destroyInstance: (task) =>
      attempt(async ({ say }) => {
        const target = await targetOf(deps, task);
        if (!task.unfinished) refuseForeign(target, task);
        const console = await captureConsole(deps, task.instance);
        say({ step: 'destroy' });
        const report = await provider.destroy(task.instance, { force: task.unfinished });
        deps.ssh.forget(task.instance);
        return console === undefined ? report : { ...report, console };
      }),
  };
}

/** A destroy names the instance that its plan was made for. */
function refuseForeign({ base }: Target, { instance, machine }: MachineTask): void {
  if (base === null || base.instance === instance) return;
  const message = `the plan destroys ${base.instance} of ${machine}, the task names ${instance}`;
  throw new MillwrightError({ code: 'MW-MACHINE-OTHER', cause: 'change', message }, false);
}

/** The console's digest; an unreadable console is no reason to keep a machine. */
export async function captureConsole(deps: SiteDeps, instance: string): Promise<string | undefined> {
  const text = await deps.provider.console(instance, consoleBytes).catch(() => '');
  return text === '' ? undefined : deps.store.put(text);
}
