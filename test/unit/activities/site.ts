import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createSiteActivities, type SiteDeps } from '../../../src/activities/index.js';
import type { MachineTask, OperateTask, Operation } from '../../../src/activities/types.js';
import {
  type Digest,
  documentDomains,
  instanceId,
  type MachineShape,
  preimage,
  shapeDigest,
  type Target,
} from '../../../src/model/index.js';
import { SimSite } from '../../support/sim.js';
import { type CompiledSim, compileSim, encodeSim } from '../../support/sim-bundle.js';

export const ref = { fleet: 'shop', fleetUid: 'uid', environment: 'dev', machine: 'web-1' };
export const instance = instanceId(ref, '01A');
export const shape: MachineShape = {
  ...{ cpus: 1, memoryMiB: 128, diskMiB: 512, disks: [], nics: [], publish: [] },
  image: { name: 'micro', kind: 'micro' },
};

/** A contract in the store, as `storePlan` leaves it. */
export interface Stored {
  readonly bundle: Digest;
  readonly bytes: Digest;
  readonly target: Digest;
}

/** One site with one machine, and the activities of its worker. */
export class Bench {
  readonly site = new SimSite();
  readonly deps: SiteDeps = this.site.deps();

  /** `deps` may be altered by a test before it asks for activities. */
  get activities() {
    return createSiteActivities(this.deps);
  }

  run<T>(work: () => Promise<T>, info: ConstructorParameters<typeof MockActivityEnvironment>[0] = {}) {
    const logger = new DefaultLogger('ERROR');
    return new MockActivityEnvironment(info, { logger }).run<[], T, () => Promise<T>>(work);
  }

  async store(
    version: string,
    steps: readonly string[] = ['file:/a', 'file:/b'],
    verify: readonly string[] = [],
  ): Promise<Stored> {
    const sim = compileSim({ group: 'web', version, steps, verify, wrong: [] });
    for (const text of sim.texts) await this.site.store.put(text);
    const bytes = await this.site.store.put(encodeSim(sim.bundle));
    const target = await this.site.store.put(preimage(documentDomains.target, targetOf(sim)));
    return { bundle: sim.bundle.bundle, bytes, target };
  }

  async task(changeId: string, { target, bytes }: Stored): Promise<MachineTask> {
    const runner = await this.site.store.put('runner');
    return { changeId, target, bundleBytes: bytes, runner, site: 'main', machine: 'web-1', instance };
  }

  async operation(stored: Stored, operation: Operation): Promise<OperateTask> {
    const { target, runner, site, machine } = await this.task('01B', stored);
    return { target, runner, site, machine, instance, operation };
  }
}

const targetOf = ({ bundle, outline }: CompiledSim): Target => ({
  ref,
  ...{ group: 'web', site: 'main', provider: 'sim', action: 'change', base: null },
  ...{ shape, shapeDigest: shapeDigest(shape), protect: false, labels: {}, rungs: [], cannotUndo: [] },
  ...{ bundle: bundle.bundle, steps: bundle.steps.map(({ id }) => id) },
  ...{ verify: outline.verify, slots: [] },
});

export const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'no error',
    (error: { readonly type?: string; readonly info?: { readonly code: string } }) =>
      error.type ?? error.info?.code ?? error,
  );
