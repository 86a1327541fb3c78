import {
  type ActivityInterfaceFor,
  type ActivityOptions,
  proxyActivities,
  proxyLocalActivities,
} from '@temporalio/workflow';
import type { ControlActivities, LookActivities, PushActivities, VmActivities } from '../activities/types.js';
import { CONTROL_QUEUE, siteQueue } from '../model/ids.js';
import type { SiteQueue } from '../model/index.js';
import type { Timing } from './timing.js';

/** Activities of one site, routed to its three queues; options per call set the length of one attempt. */
export interface SiteProxies {
  readonly vm: ActivityInterfaceFor<VmActivities>;
  readonly push: ActivityInterfaceFor<PushActivities>;
  readonly look: ActivityInterfaceFor<LookActivities>;
}

export function siteActivities(site: string, timing: Timing): SiteProxies {
  return {
    vm: proxyActivities<VmActivities>(remote(site, 'vm', timing)),
    push: proxyActivities<PushActivities>(remote(site, 'push', timing)),
    look: proxyActivities<LookActivities>(remote(site, 'look', timing)),
  };
}

function remote(site: string, queue: SiteQueue, timing: Timing): ActivityOptions {
  return {
    taskQueue: siteQueue(site, queue),
    startToCloseTimeout: timing.create,
    scheduleToCloseTimeout: timing.patience,
    heartbeatTimeout: timing.heartbeat,
    // The default reports a cancellation before the activity has stopped: its undo would race it.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    retry: {
      initialInterval: timing.pause,
      backoffCoefficient: 2,
      maximumInterval: timing.longestPause,
      maximumAttempts: timing.attempts,
    },
  };
}

/** Options of one call: how long an attempt may take and what the Temporal UI shows. */
export const call = (limitMs: number, summary: string, options: ActivityOptions = {}): ActivityOptions => ({
  startToCloseTimeout: limitMs,
  summary,
  ...options,
});

/** They retry without end: a run waits for its record rather than lose it. */
const retry = { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '30s' } as const;

/**
 * Look-ups and upserts of control. Not local: a query or a long one splits the workflow task of a local activity, and
 * where something else happens meanwhile (a message, a child's end, another answer) a replay sees both in another order.
 */
export const control = proxyActivities<ControlActivities>({
  taskQueue: CONTROL_QUEUE,
  startToCloseTimeout: '30s',
  heartbeatTimeout: '10s',
  retry,
});

/** The same for what a change doesn't depend on: it gives up. */
export const impatient = proxyActivities<ControlActivities>({
  taskQueue: CONTROL_QUEUE,
  startToCloseTimeout: '30s',
  heartbeatTimeout: '10s',
  retry: { ...retry, maximumAttempts: 5 },
});

/** The same without a round trip, for workflows that do one thing after the other: those of machines, which are many. */
export const local = proxyLocalActivities<Pick<ControlActivities, 'putMachine'>>({
  startToCloseTimeout: '30s',
  retry,
});
