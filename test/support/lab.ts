import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { vi } from 'vitest';
import { type ControlDeps, createControlActivities } from '../../src/activities/index.js';
import type { ControlActivities } from '../../src/activities/types.js';
import type { Change, Digest } from '../../src/model/index.js';
import { workflowId } from '../../src/model/index.js';
import { holderOf } from '../../src/worker/holder.js';
import { createControlWorker, createSiteWorkers, runUntil } from '../../src/worker/workers.js';
import { changeStart } from '../../src/workflows/start.js';
import type { Timing } from '../../src/workflows/timing.js';
import type { RolloutInput, RolloutProgress, RolloutResult } from '../../src/workflows/types.js';
import { SimRecord, SimSite } from './sim.js';
import { planChange, type SimFleet } from './sim-fleet.js';
import { startTemporal } from './temporal.js';

/** Short enough for tests, long enough not to decide them. */
const quick: Partial<Timing> = {
  heartbeat: 3_000,
  pause: 50,
  longestPause: 200,
  attempts: 4,
  busy: 400,
  busyPoll: 100,
  owedPause: 100,
};

export type Rollout = WorkflowHandle<(input: RolloutInput) => Promise<RolloutResult>>;

/** A Temporal dev server, our workers on it, and a simulated site that belongs to one test. */
export class Lab {
  site = new SimSite();
  record = new SimRecord();
  /** Of the control side; undefined: there is none. */
  policy: ControlDeps['policy'];
  /** Activities of control that a test carries out itself: a calendar by another clock. */
  instead: Partial<ControlActivities> = {};
  private fleets = 0;
  private stopper = new AbortController();
  private running: Promise<void> = Promise.resolve();

  private constructor(readonly env: TestWorkflowEnvironment) {}

  static async open(): Promise<Lab> {
    return new Lab(await startTemporal());
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    await this.env.teardown();
  }

  /** A site, a record and workers of their own: call it in beforeEach. */
  async fresh(limits = { vm: 50, push: 50, look: 50 }): Promise<void> {
    await this.stopWorkers();
    this.policy = undefined;
    this.instead = {};
    this.site = new SimSite();
    this.record = new SimRecord();
    await this.startWorkers(limits);
  }

  async startWorkers(limits = { vm: 50, push: 50, look: 50 }): Promise<void> {
    const { nativeConnection: connection, client } = this.env;
    const engine = { connection, namespace: 'default' };
    const control = this.record.deps(this.site.store, (id) => holderOf(client, id));
    const activities = { ...createControlActivities({ ...control, policy: this.policy }), ...this.instead };
    const workers = [
      await createControlWorker(engine, control, { activities }),
      ...(await createSiteWorkers(engine, this.site.deps(), limits)),
    ];
    this.stopper = new AbortController();
    this.running = runUntil(workers, this.stopper.signal);
  }

  /** What a SIGTERM does: activities are told to end because the worker does. */
  async stopWorkers(): Promise<void> {
    this.stopper.abort();
    await this.running;
  }

  /** A fleet that shares nothing with those of other tests. */
  fleet(groups: SimFleet['groups'], more: Partial<SimFleet> = {}): SimFleet {
    const fleetUid = `uid${process.pid}x${++this.fleets}`;
    return { environment: { fleet: 'shop', fleetUid, environment: 'dev' }, groups, ...more };
  }

  async up(fleet: SimFleet, more: Partial<Change> = {}, timing: Partial<Timing> = {}): Promise<Rollout> {
    const { change, document } = await planChange(this.site.store, this.record, fleet, more);
    return this.start(change, document, timing);
  }

  async start(change: Change, document: Digest, timing: Partial<Timing> = {}): Promise<Rollout> {
    const { type, ...options } = changeStart(change, document, { ...quick, ...timing });
    return this.env.client.workflow.start(type, { ...options, workflowIdConflictPolicy: 'FAIL' });
  }

  machine(fleet: SimFleet, machine: string): WorkflowHandle {
    return this.env.client.workflow.getHandle(workflowId.machine({ ...fleet.environment, machine }));
  }

  /** Waits until the rollout says of itself what `is` asks for. */
  until(rollout: WorkflowHandle, is: (progress: RolloutProgress) => boolean): Promise<RolloutProgress> {
    return vi.waitFor(
      async () => {
        const progress = await this.progress(rollout);
        if (!is(progress)) throw new Error(`not yet: ${JSON.stringify(progress.groups)}`);
        return progress;
      },
      { timeout: 30_000, interval: 50 },
    );
  }

  progress(rollout: WorkflowHandle): Promise<RolloutProgress> {
    return rollout.query<RolloutProgress>('progress');
  }

  /** Events of a workflow by type, without the prefix `EVENT_TYPE_`. */
  async events(handle: WorkflowHandle) {
    const { events } = await handle.fetchHistory();
    return events ?? [];
  }
}
