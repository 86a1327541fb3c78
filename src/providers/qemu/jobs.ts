import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Progress } from '../port.js';
import { failure } from './fail.js';
import { type Monitors, type QmpCommand, qmp } from './qmp.js';

interface Job {
  readonly id: string;
  readonly status: string;
  readonly error?: string;
}

/** Memory is written at the speed of the host's disk, and QEMU answers nobody meanwhile. */
const JOB_MS = 15 * 60_000;
const POLL_MS = 20;
const TICK_MS = 1000;
const PREFIX = 'mw-';

/**
 * Runs a job of QEMU to its end; one that an earlier caller left is waited for first. MW-SNAPSHOT-FAILED with QEMU's own
 * words. When `progress` throws, the job goes on by itself and nobody learns how it ended.
 */
export function runJob(
  monitors: Monitors,
  execute: string,
  args: Record<string, unknown>,
  progress: Progress,
): Promise<void> {
  const work = qmp(monitors, (command) => converse(command, execute, args), JOB_MS);
  return telling(work, () => progress({ step: execute }));
}

async function converse(command: QmpCommand, execute: string, args: Record<string, unknown>): Promise<void> {
  for (const job of await ourJobs(command)) await end(command, job.id);
  const id = `${PREFIX}${randomBytes(6).toString('hex')}`;
  await command(execute, { 'job-id': id, ...args });
  const error = await end(command, id);
  if (error) throw failure('MW-SNAPSHOT-FAILED', `${execute}: ${error}`, { cause: 'machine' });
}

const ourJobs = async (command: QmpCommand): Promise<Job[]> =>
  ((await command('query-jobs')) as Job[]).filter((job) => job.id.startsWith(PREFIX));

/** A job that has failed says so only here, until it is dismissed. */
async function end(command: QmpCommand, id: string): Promise<string | undefined> {
  for (;;) {
    const job = (await ourJobs(command)).find((one) => one.id === id);
    if (!job) return undefined;
    if (job.status === 'concluded') {
      await command('job-dismiss', { id });
      return job.error;
    }
    await sleep(POLL_MS);
  }
}

/** Waits for the work and lets `tell` end the waiting by throwing. */
async function telling<T>(work: Promise<T>, tell: () => void): Promise<T> {
  work.catch(() => undefined);
  for (;;) {
    tell();
    const timer = new AbortController();
    const tick = sleep(TICK_MS, undefined, { signal: timer.signal }).catch(() => undefined);
    const first = await Promise.race([work.then((value) => ({ value })), tick]).finally(() => timer.abort());
    if (first) return first.value;
  }
}
