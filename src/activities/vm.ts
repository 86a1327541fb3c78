import { z } from 'zod';
import { type InstanceInfo, MillwrightError, type Target } from '../model/index.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { captureConsole } from './evidence.js';
import { targetOf } from './machine.js';
import { operateVm } from './operate.js';
import { snapshotInstance } from './snapshot.js';
import { sweep } from './sweep.js';
import type { DestroyResult, MachineTask, VmActivities } from './types.js';

export const createVmActivities = (deps: SiteDeps): VmActivities => ({
  createInstance: createInstance(deps),
  startInstance: startInstance(deps),
  reshapeInstance: reshapeInstance(deps),
  snapshotInstance: snapshotInstance(deps),
  operate: operateVm(deps),
  sweep: sweep(deps),
  destroyInstance: destroyInstance(deps),
});

const createInstance =
  (deps: SiteDeps): VmActivities['createInstance'] =>
  (task) =>
    attempt(async ({ say, signal }) => {
      const { ref, shape, protect, connection } = await targetOf(deps, task);
      const { publicKey } = await deps.keystore.loginKey();
      const { instance, replaces } = task;
      const request = { ref, instance, shape, protect, loginKeys: [publicKey], replaces, connection };
      return deps.provider.create(request, say, signal);
    });

const startInstance = (deps: SiteDeps) => (task: MachineTask) =>
  attempt(async ({ say }): Promise<InstanceInfo> => {
    await targetOf(deps, task);
    return deps.provider.start(task.instance, say);
  });

const reshapeInstance = (deps: SiteDeps) => (task: MachineTask) =>
  attempt(async ({ say }): Promise<InstanceInfo> => {
    const { shape } = await targetOf(deps, task);
    const info = await deps.provider.reshape(task.instance, shape, say);
    deps.ssh.forget(task.instance);
    return info;
  });

const destroyInstance =
  (deps: SiteDeps): VmActivities['destroyInstance'] =>
  (task) =>
    attempt(async ({ said, sayNow }): Promise<DestroyResult> => {
      const target = await targetOf(deps, task);
      if (!task.unfinished) refuseForeign(target, task);
      const console = (await captureConsole(deps, task.instance)) ?? consoleSaid(said);
      // An attempt after this one finds no machine any more, hence no console.
      sayNow({ step: 'destroy', console });
      const report = await deps.provider.destroy(task.instance, { force: task.unfinished });
      deps.ssh.forget(task.instance);
      return console === undefined ? report : { ...report, console };
    });

const destroying = z.object({ console: z.string().optional() });
const consoleSaid = (said: unknown): string | undefined => destroying.safeParse(said).data?.console;

/** A destroy names the instance that its plan was made for. */
function refuseForeign({ base }: Target, { instance, machine }: MachineTask): void {
  if (base === null || base.instance === instance) return;
  const message = `the plan destroys ${base.instance} of ${machine}, the task names ${instance}`;
  throw new MillwrightError({ code: 'MW-MACHINE-OTHER', cause: 'change', message }, false);
}
