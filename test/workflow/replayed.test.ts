import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';
import { rollbackUpdate, skipUpdate, stopUpdate } from '../../src/workflows/messages.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';

/** A worker that starts anew, or has no room left in its cache, replays: what a rollout did must come out again. */
describe('a rollout replays', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const by = 'tester';
  const replayed = async (handle: WorkflowHandle) =>
    Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, await handle.fetchHistory());

  /** So that what comes next meets a worker that knows nothing. */
  async function restarted(): Promise<void> {
    await lab.stopWorkers();
    await lab.startWorkers();
  }

  /** The last two things that happened made the rollout do nothing: a new worker takes them and a message for one. */
  async function held() {
    const gate = new Gate();
    lab.site.onMade = (machine, { behaviour }) => {
      if (machine !== 'web-1') return;
      behaviour.onEnd = () => gate.open();
      behaviour.beforeStep = () => gate.pass();
    };
    const groups = ['db', 'web'].map((group) => ({ group, count: 1 }));
    const rollout = await lab.up(lab.fleet(groups));
    await gate.reached;
    await vi.waitFor(async () => {
      expect((await lab.progress(rollout)).groups[0]?.state).toBe('done');
    }, 20_000);
    return { gate, rollout };
  }

  it('after a stop that met a new worker', async () => {
    const { gate, rollout } = await held();
    await restarted();
    await rollout.executeUpdate(stopUpdate, { args: [{ by }] });
    gate.open();
    await rollout.result();
    await replayed(rollout);
  });

  it('after a rollback that met a new worker', async () => {
    const { rollout } = await held();
    await restarted();
    await rollout.executeUpdate(rollbackUpdate, { args: [{ by }] });
    await rollout.result().catch(() => undefined);
    await replayed(rollout);
  });

  it('as nothing in it, or in its batches, depends on when a local activity ends', async () => {
    lab.site.onMade = (_, { behaviour }) => behaviour.failing.add('file:/b');
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 1, onFailure: 'ask' }]));
    await openQuestions(rollout);
    await rollout.executeUpdate(skipUpdate, { args: [{ by }] });
    await rollout.result();
    const [batch = ''] = (await lab.progress(rollout)).groups[0]?.batches ?? [];
    for (const handle of [rollout, lab.env.client.workflow.getHandle(batch)]) {
      const events = await lab.events(handle);
      expect(events.filter((one) => one.markerRecordedEventAttributes)).toEqual([]);
    }
  });
});
