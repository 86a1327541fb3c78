import { around } from './around.js';
import { attempt } from './attempt.js';
import type { SiteDeps } from './deps.js';
import { endRun } from './end.js';
import { execCommand } from './exec.js';
import { look } from './look.js';
import { operateTarget } from './operateTarget.js';
import { probe } from './probe.js';
import { provision } from './provision.js';
import { awaitReady } from './ready.js';
import { scan } from './scan.js';
import { survey } from './survey.js';
import type { LookActivities, PushActivities, VmActivities } from './types.js';
import { verifyMachine } from './verify.js';
import { createVmActivities } from './vm.js';

export { waitForBanner } from './banner.js';
export { createControlActivities } from './control.js';
export type { ControlDeps, SiteDeps } from './deps.js';

/** Activities of one site, by the queue that they are polled from. */
export interface SiteActivities {
  readonly vm: VmActivities;
  readonly push: PushActivities;
  readonly look: LookActivities;
}

export const createSiteActivities = (deps: SiteDeps): SiteActivities => ({
  vm: createVmActivities(deps),
  push: {
    provision: provision(deps),
    endRun: endRun(deps),
    around: around(deps),
    execCommand: execCommand(deps),
    operate: operateTarget(deps),
  },
  look: {
    look: look(deps),
    survey: survey(deps),
    scan: scan(deps),
    probe: probe(deps),
    awaitReady: awaitReady(deps),
    verifyMachine: verifyMachine(deps),
    inventory: ({ fleetUid }) =>
      attempt(async () => {
        const all = await deps.provider.list();
        return { instances: all.filter((one) => one.machineId.startsWith(`${fleetUid}/`)) };
      }),
  },
});
