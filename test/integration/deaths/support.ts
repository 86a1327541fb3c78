import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect } from 'vitest';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

export interface Lab {
  stack: Stack;
  fleet: string;
}

/** A stack of its own for a file of tests, and a fleet of two machines in it; there once the first test begins. */
export function useLab(): Lab {
  const lab = {} as Lab;
  beforeAll(async () => {
    lab.stack = await Stack.start();
    lab.fleet = writeMicroFleet(lab.stack.dir, 'deaths', { resources });
  });
  afterAll(() => lab.stack?.stop());
  return lab;
}

/** Both commands leave a line each time they act, so that a repetition shows. The second one takes a while. */
export const resources = `      - file: /etc/motd
        content: |
          managed
      - command: first entry
        run: echo first >> /var/ledger
        once: true
      - command: slow entry
        run: sleep 2; echo slow >> /var/ledger
        always: true
      - file: /etc/last
        content: |
          done`;

export interface Moment {
  readonly activity: 'createInstance' | 'awaitReady' | 'provision' | 'verifyMachine' | 'destroyInstance';
  readonly when: 'started' | 'completed';
  readonly afterMs: number;
}

export const startUp = (stack: Stack, fleet: string): Promise<CliResult> =>
  stack.cli(['up', '--yes'], { cwd: fleet });

/** Resolves at the moment, seen from outside: pending activities and history of the machine's workflow. */
export async function machineReached(stack: Stack, machine: string, moment: Moment): Promise<void> {
  await stack.withClient((client) =>
    stack.until(`${machine} reaches ${moment.activity} ${moment.when}`, async () => {
      const handle = client.workflow.getHandle(`machine/${fleetUid('deaths')}/dev/${machine}`);
      if (moment.when === 'started' && (await isStarted(handle, moment.activity))) return true;
      return isCompleted(handle, moment.activity);
    }),
  );
  await sleep(moment.afterMs);
}

async function isStarted(handle: WorkflowHandle, activity: string): Promise<boolean> {
  const { raw } = await handle.describe();
  // State 2 is STARTED: a worker has it.
  return (
    raw.pendingActivities?.some((one) => one.activityType?.name === activity && one.state === 2) ?? false
  );
}

/** Also ends the wait for an activity that came and went between two looks. */
async function isCompleted(handle: WorkflowHandle, activity: string): Promise<boolean> {
  const { events } = await handle.fetchHistory();
  const scheduled = events?.find(
    (one) => one.activityTaskScheduledEventAttributes?.activityType?.name === activity,
  );
  if (scheduled === undefined) return false;
  return (events ?? []).some(
    (one) => String(one.activityTaskCompletedEventAttributes?.scheduledEventId) === String(scheduled.eventId),
  );
}

/** The end that every death must lead to: success, one QEMU per machine, nothing owed, no command repeated. */
export async function expectSettled(stack: Stack, fleet: string, up: CliResult): Promise<void> {
  expect(up, up.stderr + stack.logs()).toMatchObject({ code: 0 });
  const status = await statusOf(stack, fleet);
  expect(status.machines.map((one) => [one.machine, one.debts])).toEqual([
    ['node-1', []],
    ['node-2', []],
  ]);
  expect(new Set(stack.qemu().map((one) => one.key)).size).toBe(2);
  expect(stack.qemu()).toHaveLength(2);
  for (const machine of ['node-1', 'node-2']) {
    const ledger = await stack.cli(['exec', machine, '--', 'cat', '/var/ledger'], { cwd: fleet });
    expect(ledger.stdout, ledger.stderr).toBe('first\nslow\n');
  }
}

export async function destroyAll(stack: Stack, fleet: string): Promise<void> {
  const destroyed = await stack.cli(['destroy', '--yes'], { cwd: fleet });
  expect(destroyed, destroyed.stderr).toMatchObject({ code: 0 });
  expect(stack.qemu()).toEqual([]);
}

interface StatusDocument {
  readonly machines: readonly { readonly machine: string; readonly debts: readonly string[] }[];
}

export async function statusOf(stack: Stack, fleet: string): Promise<StatusDocument> {
  const { stdout, stderr } = await stack.cli(['status', '-o', 'json'], { cwd: fleet });
  expect(stdout, stderr).not.toBe('');
  return JSON.parse(stdout) as StatusDocument;
}
