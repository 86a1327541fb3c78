import { isCancellation, log } from '@temporalio/workflow';
import type { ScannedMachine, ScanPage } from '../activities/types.js';
import { call, control, siteActivities } from './activities.js';
import { failureOf } from './failure.js';
import type { Scan } from './scanState.js';
import { timingOf } from './timing.js';
import { slidingWindow } from './window.js';

const pageSize = 500;
/** It asks the Temporal server of each machine who works on it. */
const longestPage = 5 * 60_000;
/** Machines per activity, and activities side by side: the slots of the site's look queue are the real limit. */
const fewestAtOnce = 10;
const mostParallel = 50;

/** Looks at the next machines and records what is found; gives the last one's name where there are more. */
export async function scanPage(scan: Scan, after: string | undefined): Promise<string | undefined> {
  const { scan: _, ...where } = scan.ref;
  // Before anybody asks who works on them: what begins from now on is later than we are, and is believed.
  const at = new Date().toISOString();
  const input = { ...where, count: pageSize, ...(after !== undefined && { after }) };
  const page = await control.scanPage.executeWithOptions(call(longestPage, 'who is to be looked at'), [
    input,
  ]);
  const machines = [...page.apart, ...(await lookAt(scan, page))];
  scan.looked += machines.length;
  if (machines.length > 0) await control.putScanned({ ...scan.ref, at, machines });
  return page.next;
}

interface Part {
  readonly tasks: string;
  readonly from: number;
  readonly machines: readonly string[];
}

async function lookAt(scan: Scan, page: ScanPage): Promise<readonly ScannedMachine[]> {
  const found: ScannedMachine[] = [];
  await slidingWindow(
    partsOf(page),
    mostParallel,
    () => scan.stop === undefined,
    async (part, started) => {
      started();
      found.push(...(await lookAtPart(scan, part)));
    },
  );
  return found;
}

function partsOf({ tasks, machines }: ScanPage): Part[] {
  if (tasks === undefined) return [];
  const size = Math.max(fewestAtOnce, Math.ceil(machines.length / mostParallel));
  return Array.from({ length: Math.ceil(machines.length / size) }, (_, n) => ({
    ...{ tasks, from: n * size },
    machines: machines.slice(n * size, (n + 1) * size),
  }));
}

/** A scan comes again soon: it waits for a worker no longer than this, and tries only a few times. */
const longestQueue = 10 * 60_000;
const attempts = 3;

async function lookAtPart({ input }: Scan, part: Part): Promise<readonly ScannedMachine[]> {
  const { site } = input;
  const timing = timingOf(input);
  const { tasks, from, machines } = part;
  const count = machines.length;
  const options = call(timing.look * count, `look at ${machines[0]} … ${machines.at(-1)}`, {
    activityId: `scan from ${machines[0]}`,
    scheduleToStartTimeout: longestQueue,
    retry: { initialInterval: timing.pause, backoffCoefficient: 2, maximumAttempts: attempts },
  });
  const look = siteActivities(site, timing).look.scan;
  try {
    return await look.executeWithOptions(options, [{ site, tasks, from, count }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    const { message } = failureOf(error);
    log.warn('machines could not be looked at', { site, machines: count, why: message });
    return machines.map((machine) => ({ machine, state: 'unobserved', reason: message }));
  }
}
