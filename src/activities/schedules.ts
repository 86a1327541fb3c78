import type { EnvironmentRef, Plan } from '../model/index.js';
import { readPlan } from '../store/documents.js';
import { attempt } from './attempt.js';
import type { ControlDeps } from './deps.js';
import type { GovernActivities, ScheduleSpec, Schedules } from './types.js';

export const scheduling = (deps: ControlDeps): Pick<GovernActivities, 'keepReconciled'> => ({
  keepReconciled: ({ plan }) => attempt(async () => keep(deps, await readPlan(deps.store, plan))),
});

/** A plan may be about a part of the environment: the sites of all other machines are in the record. */
async function keep({ record, schedules }: ControlDeps, plan: Plan): Promise<void> {
  if (schedules === undefined) return;
  const { fleet, fleetUid, environment, reconcile } = plan;
  const ref = { fleet, fleetUid, environment };
  const planned = plan.groups.flatMap((group) => group.machines.map((one) => one.site));
  const recorded = Object.values(await record.base(ref)).map((one) => one.site);
  const sites = new Set([...planned, ...recorded]);
  const scheduled = await schedules.sites(ref);
  for (const site of new Set([...sites, ...scheduled])) {
    if (reconcile === undefined || !sites.has(site)) await removeOurs(schedules, ref, site);
    else await put(schedules, { ...ref, site, ...reconcile, origin: 'manifest' });
  }
}

/** What a person has scheduled goes only when they say so. */
async function removeOurs(schedules: Schedules, environment: EnvironmentRef, site: string): Promise<void> {
  const known = await schedules.find(environment, site);
  if (known?.origin === 'manifest') await schedules.remove(environment, site);
}

/** An update is an event in the schedule's own history: none where nothing changes. */
async function put(schedules: Schedules, wanted: ScheduleSpec): Promise<void> {
  const known = await schedules.find(wanted, wanted.site);
  const keys = ['everyMs', 'mode', 'maxMachines', 'origin'] as const;
  if (known === undefined || keys.some((key) => known[key] !== wanted[key])) await schedules.put(wanted);
}
