import { ago, duration } from '../../report/index.js';
import { type ActiveFacts, type MachineFacts, type Pending, type Reason, reason, runName } from './types.js';
import { nobodyServes, siteOfQueue, startWorker } from './workers.js';

interface Asked {
  readonly at: string;
  readonly flag: string;
  readonly active: ActiveFacts | null;
}

/** Why an activity of a machine isn't done yet. */
export function pendingReason(facts: MachineFacts, pending: Pending, asked: Asked): Reason {
  const here = { machine: facts.machine, group: facts.group };
  if (pending.state === 'started') return { ...working(pending, asked, facts.work?.phase ?? null), ...here };
  if (nobodyServes(pending.workers, asked.at)) return { ...workerless(pending, asked.at), ...here };
  if (pending.attempt > 1 && isAhead(pending.nextTryAt, asked.at))
    return { ...retrying(pending, asked), ...here };
  return { ...queued(pending, asked.at), ...here };
}

const isAhead = (time: string | null, at: string): boolean => time !== null && time > at;

function workerless(pending: Pending, at: string): Reason {
  const { queue, activity, workers, scheduledAt, lastFailure } = pending;
  const site = siteOfQueue(queue);
  const seen =
    workers.lastSeen === null
      ? ''
      : `; one was last seen ${ago(Date.parse(at) - Date.parse(workers.lastSeen))}`;
  return reason({
    kind: 'worker',
    waitsFor: `a worker: no worker of site ${site} serves ${queue} (${activity})${seen}`,
    since: scheduledAt,
    release: `whoever may start a worker on the host of site ${site}`,
    next: `it goes on by itself once one is there${untilText(pending)}`,
    commands: [startWorker(site)],
    detail: lastFailure === null ? [] : [lastFailure],
  });
}

function retrying(pending: Pending, { at, flag, active }: Asked): Reason {
  const { activity, attempt, maximum, nextTryAt, lastFailure, scheduledAt } = pending;
  const [said = '', ...more] = (lastFailure ?? 'it failed').split('\n');
  const of = maximum > 0 ? ` of ${maximum}` : '';
  return reason({
    kind: 'retry',
    waitsFor: `attempt ${attempt}${of} of ${activity}: ${said}`,
    since: scheduledAt,
    next: `the next try is in ${duration(Date.parse(nextTryAt ?? at) - Date.parse(at))}, by itself${untilText(pending)}`,
    commands: active ? [stopCommand(active, flag)] : [],
    detail: more,
  });
}

/** A worker that has just died looks like one whose slots are all taken, for as long as a poll may last. */
function queued(pending: Pending, at: string): Reason {
  const { activity, queue, workers, scheduledAt, lastFailure } = pending;
  const site = siteOfQueue(queue);
  const seen = duration(Date.parse(at) - Date.parse(workers.lastSeen ?? at));
  return reason({
    kind: 'slot',
    waitsFor: `a free slot for ${activity} on ${queue}: a worker asked there for work ${seen} ago`,
    since: scheduledAt,
    next: `it begins when a slot is free; should that worker have died, this says so within two minutes${untilText(pending)}`,
    release: `nobody needs to; more slots: limits of site ${site} in its settings, or another worker there`,
    detail: lastFailure === null ? [] : [lastFailure],
  });
}

/** Longer silence than a heartbeat's deadline: Temporal gives it to another worker then. */
const SILENT_MS = 15_000;

function working(pending: Pending, { at }: Asked, phase: string | null): Reason {
  const { activity, step, startedAt, heartbeatAt, worker, attempt, lastFailure } = pending;
  const silentMs = Date.parse(at) - Date.parse(heartbeatAt ?? startedAt ?? at);
  const by = worker === null ? '' : `, by ${worker}`;
  const again = attempt > 1 ? `, attempt ${attempt}` : '';
  return reason({
    kind: 'working',
    waitsFor: `${phase ?? activity}${step === null ? '' : ` ${step}`}: it is at work${by}${again}`,
    since: startedAt,
    next:
      silentMs > SILENT_MS
        ? `it was last heard of ${ago(silentMs)}; if its worker died, another one takes over`
        : 'it goes on by itself',
    detail: lastFailure === null ? [] : [lastFailure],
  });
}

const untilText = ({ expiresAt }: Pending): string =>
  expiresAt === null ? '' : `; waited for until ${expiresAt.slice(0, 16)}Z, then it counts as failed`;

export const stopCommand = ({ run }: Pick<ActiveFacts, 'run'>, flag: string) => ({
  command: `millwright stop ${runName(run)}${flag}`,
  does: 'ends the run after its running steps and leaves all as it is',
});
