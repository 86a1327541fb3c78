import type { ScheduleSpec } from '../activities/types.js';
import { CONTROL_QUEUE, workflowId } from '../model/ids.js';
import type { EnvironmentRef } from '../model/index.js';
import { attributesAtStart } from './attributes.js';
import type { ReconcileInput } from './reconcileTypes.js';

const minute = 60_000;

/** Id of a schedule, and of its workflows but for the time that Temporal appends. */
export const scheduleId = (environment: EnvironmentRef, site: string): string =>
  workflowId.reconcile(environment, site);

/** What `client.schedule.create` and `update` are given. Scans of many environments don't all begin in one second. */
export function scheduleOptions({ everyMs, origin, ...spec }: ScheduleSpec) {
  const { fleet, fleetUid, environment, site, mode, maxMachines } = spec;
  const ref = { fleet, fleetUid, environment };
  const input: ReconcileInput = { ...ref, site, mode, maxMachines };
  const action = {
    type: 'startWorkflow' as const,
    workflowType: 'reconcile',
    workflowId: scheduleId(ref, site),
    taskQueue: CONTROL_QUEUE,
    args: [input],
    memo: { startedBy: `reconcile of ${site}`, origin },
    staticSummary: `${mode} drift of ${fleet}/${environment} at ${site}`,
    typedSearchAttributes: attributesAtStart(ref, {}),
  };
  return {
    scheduleId: scheduleId(ref, site),
    spec: { intervals: [{ every: everyMs }], jitter: Math.min(everyMs / 10, minute) },
    action,
    // A scan that was missed during an outage isn't made up for again and again.
    policies: { overlap: 'SKIP' as const, catchupWindow: 10 * minute },
    typedSearchAttributes: attributesAtStart(ref, {}),
  };
}

/** A schedule as Temporal describes it, as far as it concerns us. */
export interface Described {
  readonly spec: { readonly intervals?: readonly { readonly every: number }[] };
  readonly action: { readonly args?: readonly unknown[]; readonly memo?: Readonly<Record<string, unknown>> };
}

export function specOf({ spec, action }: Described): ScheduleSpec {
  const [input] = (action.args ?? []) as [ReconcileInput];
  const { fleet, fleetUid, environment, site, mode, maxMachines } = input;
  return {
    ...{ fleet, fleetUid, environment, site, mode, maxMachines },
    everyMs: spec.intervals?.[0]?.every ?? 0,
    origin: action.memo?.origin === 'manifest' ? 'manifest' : 'person',
  };
}
