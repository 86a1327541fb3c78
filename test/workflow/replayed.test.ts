import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { workflowBundle } from '../../src/worker/bundle.js';
import { rollbackUpdate, skipUpdate, stopUpdate } from '../../src/workflows/messages.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';

const { History } = temporal.api.history.v1;

/** Events of a task of the workflow: scheduled, started, completed. */
const perTask = 3;

/**
 * The same run as the server writes it down when the task in which the first update was accepted was also the one in which
 * what came before it was followed up.
 */
function inOneTask(history: temporal.api.history.v1.IHistory): temporal.api.history.v1.IHistory {
  const readable = { enums: String, longs: String, bytes: String };
  const { events } = History.toObject(History.fromObject(history), readable) as { events: object[] };
  const accepted = events.findIndex((one) => 'workflowExecutionUpdateAcceptedEventAttributes' in one);
  const followed = events
    .slice(0, accepted - perTask)
    .findLastIndex((one) => 'workflowTaskCompletedEventAttributes' in one);
  const shift = accepted - 1 - followed;
  const moved = (id: number): number => {
    if (id <= accepted - perTask) return id;
    return id <= accepted ? id - shift : id - perTask;
  };
  const kept = events.filter((_, at) => at < accepted - perTask || at >= accepted);
  const text = JSON.stringify(kept, (key, value) =>
    /eventId$/i.test(key) ? String(moved(Number(value))) : value,
  );
  return History.fromObject({ events: JSON.parse(text) });
}

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

  it('whose worker was brought an event by a query, ahead of the task that had a message, too', async () => {
    lab.site.onMade = (_, { behaviour }) => behaviour.failing.add('file:/b');
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 1, onFailure: 'ask' }]));
    await openQuestions(rollout);
    await rollout.executeUpdate(skipUpdate, { args: [{ by }] });
    await rollout.result();
    const history = inOneTask(await rollout.fetchHistory());
    await Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, history);
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
