import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ScheduleHandle, WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { expect } from 'vitest';
import type { ScanProgress } from '../../src/activities/types.js';
import { checkMachines } from '../../src/cli/check/machines.js';
import { CONTROL_QUEUE, documentDomains, type Plan, preimage } from '../../src/model/index.js';
import { openRecord } from '../../src/record/index.js';
import type { DriftRow, RunRecord, ScanEntry } from '../../src/record/port.js';
import { scheduleId, scheduleOptions } from '../../src/workflows/reconcileStart.js';
import type { ReconcileInput, ReconcileReport } from '../../src/workflows/reconcileTypes.js';
import { checkStart } from '../../src/workflows/start.js';
import type { Lab } from './lab.js';
import type { SimFleet } from './sim-fleet.js';

const { EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: SCHEDULED } = temporal.api.enums.v1.EventType;

type Scan = WorkflowHandle<(input: ReconcileInput) => Promise<ReconcileReport>>;
type How = Partial<Pick<ReconcileInput, 'mode' | 'maxMachines'>>;

/** Scans in a lab, with a real record of what they find. */
export class Scans {
  private ordinal = 0;
  private last?: Scan;

  private constructor(
    private readonly lab: Lab,
    private readonly record: RunRecord,
    private readonly dir: string,
  ) {}

  static async open(lab: Lab): Promise<Scans> {
    const dir = mkdtempSync(join(tmpdir(), 'mw-scans-'));
    const record = openRecord(`sqlite://${join(dir, 'record.db')}`);
    await record.migrate();
    lab.record.real = record;
    return new Scans(lab, record, dir);
  }

  async close(): Promise<void> {
    await this.lab.stopWorkers();
    await this.record.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async up(fleet: SimFleet): Promise<SimFleet> {
    const { outcome } = await (await this.lab.up(fleet)).result();
    if (outcome !== 'succeeded') throw new Error(`the fleet is not up: ${outcome}`);
    return fleet;
  }

  async start(fleet: SimFleet, how: How = {}): Promise<Scan> {
    const timing = { heartbeat: 3_000, pause: 50, longestPause: 200, attempts: 4 };
    const input = {
      ...fleet.environment,
      site: 'main',
      mode: 'report',
      maxMachines: 5,
      timing,
      ...how,
    } as const;
    const workflowId = `${scheduleId(fleet.environment, 'main')}-${++this.ordinal}`;
    this.last = await this.lab.env.client.workflow.start('reconcile', {
      ...{ workflowId, taskQueue: CONTROL_QUEUE },
      args: [input],
    });
    return this.last;
  }

  async scan(fleet: SimFleet, how: How = {}): Promise<ReconcileReport> {
    return (await this.start(fleet, how)).result();
  }

  /** As if the plan of a later run, which succeeded and changed nothing, said so. */
  async inForce(
    { environment: { fleet, fleetUid, environment } }: SimFleet,
    policy: Partial<Plan>,
  ): Promise<void> {
    const ref = { fleet, fleetUid, environment };
    const plan: Plan = { version: 1, ...ref, groups: [], removed: [], gates: [], ...policy };
    const digest = await this.lab.site.store.put(preimage(documentDomains.plan, plan));
    const id = `01ZZ${String(++this.ordinal).padStart(22, '0')}`;
    await this.record.beginChange({
      ...{ id, verb: 'up', ...ref, plan: digest, artifacts: '', intent: '', revision: '' },
      ...{ startedBy: 'tester', startedAt: new Date().toISOString(), allowDestroy: false },
    });
    await this.record.endChange(id, 'succeeded');
  }

  /** What `check` does with all machines of a fleet. */
  async check(fleet: SimFleet): Promise<void> {
    const { record, lab } = this;
    const stores = { record, store: lab.site.store };
    const rows = await record.machines(fleet.environment);
    const id = `01CHECK${String(++this.ordinal).padStart(19, '0')}`;
    const context = { ...fleet.environment, changeId: id, revision: '', startedBy: 'tester' };
    const machines = (await checkMachines(stores, fleet.environment, rows)).map(
      ({ assigned: _, ...one }) => one,
    );
    const options = checkStart({ context, ulid: id, maxParallel: 5, machines });
    await (await lab.env.client.workflow.start('check', options)).result();
  }

  /** Names of the activities of the last scan. */
  async activities(): Promise<(string | null | undefined)[]> {
    const events = this.last === undefined ? [] : await this.lab.events(this.last);
    return events
      .filter(({ eventType }) => eventType === SCHEDULED)
      .map((one) => one.activityTaskScheduledEventAttributes?.activityType?.name);
  }

  /** Waits until the activity of the last scan has told the server of that many machines. */
  async hasSaid(count: number): Promise<void> {
    const told = async (): Promise<number> => {
      const { raw } = (await this.last?.describe()) ?? {};
      const data = raw?.pendingActivities?.[0]?.heartbeatDetails?.payloads?.[0]?.data;
      return data ? (JSON.parse(Buffer.from(data).toString()) as ScanProgress).found.length : 0;
    };
    await expect.poll(told, { timeout: 20_000 }).toBe(count);
  }

  drift(fleet: SimFleet): Promise<DriftRow[]> {
    return this.record.drift(fleet.environment);
  }

  async drifted(fleet: SimFleet): Promise<DriftRow[]> {
    return (await this.drift(fleet)).filter((one) => one.since !== null);
  }

  history(fleet: SimFleet): Promise<ScanEntry[]> {
    return this.record.scans(fleet.environment, 10);
  }

  /** Runs of the workflows of `web-1…count`, to see which of them were started anew. */
  runsOf(fleet: SimFleet, count: number): Promise<string[]> {
    const names = Array.from({ length: count }, (_, n) => `web-${n + 1}`);
    return Promise.all(names.map(async (name) => (await this.lab.machine(fleet, name).describe()).runId));
  }

  /** With a schedule that is gone afterwards. */
  async scheduled(fleet: SimFleet, use: (handle: ScheduleHandle) => Promise<void>): Promise<void> {
    const spec = {
      ...fleet.environment,
      site: 'main',
      everyMs: 86_400_000,
      mode: 'report',
      maxMachines: 5,
    } as const;
    const handle = await this.lab.env.client.schedule.create(scheduleOptions({ ...spec, origin: 'person' }));
    try {
      await use(handle);
    } finally {
      await handle.delete();
    }
  }
}
