import { MockActivityEnvironment } from '@temporalio/testing';
import { createSiteActivities, type SiteDeps } from '../../src/activities/index.js';
import type { MachineTask } from '../../src/activities/types.js';
import {
  documentDomains,
  instanceId,
  type MachineRef,
  type MachineShape,
  preimage,
  sha256Hex,
  shapeDigest,
  type Target,
} from '../../src/model/index.js';

export interface Ready {
  /** From the call of create until ready is proven, ms. */
  readonly ms: number;
  readonly createMs: number;
  readonly instance: string;
  readonly hostKey: string;
}

/** Creates a machine and proves it ready through the activities that a worker runs; what Temporal adds is not in it. */
export async function createToReady(deps: SiteDeps, shape: MachineShape, n: number): Promise<Ready> {
  const { vm, look } = createSiteActivities(deps);
  const task = await taskOf(deps, shape, `01BENCH${String(n).padStart(19, '0')}`);
  const begun = performance.now();
  const info = await inActivity(vm.createInstance, task);
  const createMs = performance.now() - begun;
  await inActivity(look.awaitReady, { ...task, withinMs: 300_000 });
  return { ms: performance.now() - begun, createMs, instance: info.instance, hostKey: info.hostKey };
}

const inActivity = <Task, Result>(activity: (task: Task) => Promise<Result>, task: Task): Promise<Result> =>
  new MockActivityEnvironment().run<[Task], Result, typeof activity>(activity, task);

export async function destroy(deps: SiteDeps, instance: string): Promise<void> {
  await deps.provider.destroy(instance, { force: true });
  deps.ssh.forget(instance);
}

const ref: MachineRef = { fleet: 'bench', fleetUid: '01BENCH', environment: 'dev', machine: 'boot-1' };

async function taskOf(deps: SiteDeps, shape: MachineShape, changeId: string): Promise<MachineTask> {
  const target: Target = {
    ...{ ref, group: 'boot', site: deps.site, provider: deps.provider.name, action: 'create', base: null },
    ...{ shape, shapeDigest: shapeDigest(shape), protect: false, labels: {} },
    ...{ bundle: sha256Hex('none'), steps: [], verify: [], slots: [], rungs: [], cannotUndo: [] },
  };
  return {
    changeId,
    target: await deps.store.put(preimage(documentDomains.target, target)),
    bundleBytes: sha256Hex('none'),
    runner: sha256Hex('none'),
    site: deps.site,
    machine: ref.machine,
    instance: instanceId(ref, changeId),
  };
}
