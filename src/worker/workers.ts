import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import {
  type ControlDeps,
  createControlActivities,
  createSiteActivities,
  type SiteDeps,
} from '../activities/index.js';
import { CONTROL_QUEUE, type SiteQueue, siteQueue } from '../model/index.js';
import type { SiteSettings } from '../settings.js';
import { workflowBundle } from './bundle.js';

/** Where Temporal is, and how long a stop waits for activities to notice it. */
export interface Engine {
  readonly connection: NativeConnection;
  readonly namespace: string;
}

const common: Partial<WorkerOptions> = {
  // After a worker died its workflows wait this long for it before another one gets them: the default is ten seconds.
  stickyQueueScheduleToStartTimeout: '1s',
  // A cancellation reaches an activity with the answer to a heartbeat: throttled heartbeats make it late.
  maxHeartbeatThrottleInterval: '2s',
  defaultHeartbeatThrottleInterval: '2s',
  shutdownGraceTime: '500ms',
  shutdownForceTime: '20s',
};

const autoscaling = { type: 'autoscaling' } as const;

/** Workflows and the activities of control, local and remote. `more` overrides single options. */
export async function createControlWorker(
  engine: Engine,
  deps: ControlDeps,
  more: Partial<WorkerOptions> = {},
): Promise<Worker> {
  return Worker.create({
    ...common,
    ...engine,
    taskQueue: CONTROL_QUEUE,
    identity: `control@${process.pid}`,
    workflowBundle: more.workflowBundle ?? (await workflowBundle()),
    activities: { ...createControlActivities(deps) },
    maxConcurrentWorkflowTaskExecutions: 100,
    maxCachedWorkflows: 2000,
    workflowTaskPollerBehavior: autoscaling,
    activityTaskPollerBehavior: autoscaling,
    ...more,
  });
}

/** One worker per queue of a site; each queue has slots of its own, so that no scan holds up a create. */
export function createSiteWorkers(
  engine: Engine,
  deps: SiteDeps,
  limits: SiteSettings['limits'],
  more: Partial<WorkerOptions> = {},
): Promise<Worker[]> {
  const activities = createSiteActivities(deps);
  const queues: readonly SiteQueue[] = ['vm', 'push', 'look'];
  return Promise.all(
    queues.map((queue) =>
      Worker.create({
        ...common,
        ...engine,
        taskQueue: siteQueue(deps.site, queue),
        identity: `${deps.site}-${queue}@${process.pid}`,
        activities: { ...activities[queue] },
        maxConcurrentActivityTaskExecutions: limits[queue],
        activityTaskPollerBehavior: autoscaling,
        ...more,
      }),
    ),
  );
}

/** Runs all until one ends or `signal` aborts; then all are stopped, and the first failure is thrown. */
export async function runUntil(workers: readonly Worker[], signal: AbortSignal): Promise<void> {
  const stop = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  const runs = workers.map((worker) => worker.run().finally(stop));
  if (signal.aborted) stop();
  const ends = await Promise.allSettled(runs);
  signal.removeEventListener('abort', stop);
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}
