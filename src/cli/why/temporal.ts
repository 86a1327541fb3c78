import { type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { type EnvironmentRef, type SiteQueue, siteQueue, workflowId } from '../../model/index.js';
import type { Looking } from '../run/snapshot.js';
import type { Engine } from '../temporal.js';
import type { MachineWork, Pending, Workers } from './types.js';

const STARTED = 2;
const QUEUE_KINDS = { workflow: 1, activity: 2 } as const;

/** When somebody last asked a queue for work. */
export async function workersOf(
  engine: Engine,
  queue: string,
  kind: keyof typeof QUEUE_KINDS,
): Promise<Workers> {
  const { pollers } = await engine.connection.workflowService.describeTaskQueue({
    namespace: engine.namespace,
    taskQueue: { name: queue },
    taskQueueType: QUEUE_KINDS[kind],
  });
  const seen = (pollers ?? []).flatMap((one) => timeOf(one.lastAccessTime) ?? []).sort();
  return { lastSeen: seen.at(-1) ?? null };
}

/** Names of machines under whose ids something runs now. */
export async function machinesAtWork(engine: Engine, environment: EnvironmentRef): Promise<string[]> {
  const prefix = workflowId.machine({ ...environment, machine: '' });
  const query = `ExecutionStatus = "Running" AND WorkflowId STARTS_WITH "${prefix}"`;
  const names: string[] = [];
  for await (const one of engine.client.workflow.list({ query }))
    names.push(one.workflowId.slice(prefix.length));
  return names.sort();
}

/** What is done under a machine's id at this moment; null: nothing. Answers without any worker. */
export async function workOn(
  engine: Engine,
  environment: EnvironmentRef,
  machine: string,
  site: string,
): Promise<MachineWork | null> {
  const found = await describe(engine, workflowId.machine({ ...environment, machine }));
  if (found?.status.name !== 'RUNNING') return null;
  const memo = (found.memo ?? {}) as { changeId?: string; startedBy?: string };
  const phase = found.searchAttributes.MwPhase?.[0];
  return {
    changeId: memo.changeId ?? null,
    startedBy: memo.startedBy ?? null,
    since: found.startTime.toISOString(),
    phase: phase === undefined ? null : String(phase),
    pending: await Promise.all(
      (found.raw.pendingActivities ?? []).map((one) => pendingOf(engine, one, site)),
    ),
  };
}

/** The same of a machine that an activity of its batch looks at. */
export async function surveyOn(
  engine: Engine,
  { batch, activity }: Pick<Looking, 'batch' | 'activity'>,
  site: string,
): Promise<MachineWork | null> {
  const found = await describe(engine, batch);
  const pending = found?.raw.pendingActivities?.find((one) => one.activityId === activity);
  if (found === undefined || pending === undefined) return null;
  const memo = (found.memo ?? {}) as { changeId?: string };
  return {
    ...{ changeId: memo.changeId ?? null, startedBy: null, since: timeOf(pending.scheduledTime) },
    ...{ phase: 'look', pending: [await pendingOf(engine, pending, site)] },
  };
}

async function describe(engine: Engine, id: string): Promise<WorkflowExecutionDescription | undefined> {
  try {
    return await engine.client.workflow.getHandle(id).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

type RawPending = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

async function pendingOf(engine: Engine, raw: RawPending, site: string): Promise<Pending> {
  const activity = raw.activityType?.name ?? 'an activity';
  const queue = siteQueue(site, queueOf(activity));
  return {
    activity,
    queue,
    state: raw.state === STARTED ? 'started' : 'scheduled',
    attempt: raw.attempt ?? 1,
    maximum: raw.maximumAttempts ?? 0,
    scheduledAt: timeOf(raw.scheduledTime),
    startedAt: timeOf(raw.lastStartedTime),
    heartbeatAt: timeOf(raw.lastHeartbeatTime),
    expiresAt: timeOf(raw.expirationTime),
    nextTryAt: timeOf(raw.nextAttemptScheduleTime),
    lastFailure: raw.lastFailure?.message || null,
    worker: raw.lastWorkerIdentity || null,
    step: stepOf(raw.heartbeatDetails?.payloads?.[0]?.data),
    workers: await workersOf(engine, queue, 'activity'),
  };
}

/** Temporal doesn't tell the queue of a pending activity; each activity has one of its site's. */
const queues: Readonly<Record<string, SiteQueue>> = {
  ...{ provision: 'push', endRun: 'push', execCommand: 'push' },
  ...{ look: 'look', survey: 'look', awaitReady: 'look', verifyMachine: 'look', inventory: 'look' },
};
const queueOf = (activity: string): SiteQueue => queues[activity] ?? 'vm';

const beat = z.looseObject({
  step: z.string().optional(),
  index: z.number().optional(),
  total: z.number().optional(),
});

/** `7/8 file:/etc/motd`, from a heartbeat's details. */
function stepOf(data: Uint8Array | null | undefined): string | null {
  if (!data) return null;
  try {
    const { step, index, total } = beat.parse(JSON.parse(Buffer.from(data).toString('utf8')));
    const place = index === undefined || total === undefined ? '' : `${index}/${total}`;
    return [place, step].filter(Boolean).join(' ') || null;
  } catch {
    return null;
  }
}

/** `seconds` is a number or a Long, by the generated types. */
interface Timestamp {
  readonly seconds?: unknown;
  readonly nanos?: number | null;
}
const timeOf = (time: Timestamp | null | undefined): string | null => {
  const ms = Number(String(time?.seconds ?? 0)) * 1000 + Math.floor((time?.nanos ?? 0) / 1e6);
  return time && ms > 0 ? new Date(ms).toISOString() : null;
};
