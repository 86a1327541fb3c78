import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';

const { EventType } = temporal.api.enums.v1;

/** Above this the server suggests to continue as new; it ends a workflow at ten times as many. */
const eventsSuggested = 4096;

describe('a rollout over a thousand machines', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
    await lab.fresh({ vm: 100, push: 100, look: 100 });
  });
  afterAll(() => lab?.close());

  it('keeps every history small, and its own independent of how many machines there are', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1000, maxParallel: 100 }]);
    const rollout = await lab.up(fleet);
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { applied: 1000 }, machines: [] });
    expect((await lab.events(rollout)).length).toBeLessThan(100);
    const batches = (await lab.progress(rollout)).groups[0]?.batches ?? [];
    expect(batches).toHaveLength(2);
    for (const id of batches) {
      const events = await lab.events(lab.env.client.workflow.getHandle(id));
      expect(events.length).toBeLessThan(eventsSuggested);
      expect(biggestTask(events)).toBeLessThanOrEqual(20);
    }
  }, 600_000);

  it('begins nothing more of a batch, in none of its slices, once a machine of it failed', async () => {
    await lab.fresh({ vm: 100, push: 100, look: 100 });
    lab.site.onMade = (machine, target) => {
      if (machine === 'web-1') target.behaviour.failing.add('file:/b');
    };
    const group = { group: 'web', count: 1000, maxParallel: 100, onFailure: 'ask' } as const;
    const rollout = await lab.up(lab.fleet([group]));
    await openQuestions(rollout);
    const { groups } = await lab.progress(rollout);
    const batches = groups[0]?.batches ?? [];
    expect(batches).toHaveLength(2);
    for (const id of batches) await lab.env.client.workflow.getHandle(id).result();
    expect(lab.site.ledger.length).toBeLessThan(400);
    expect((await lab.progress(rollout)).groups[0]?.batches).toEqual(batches);
    lab.site.vm('web-1').target.behaviour.failing.clear();
    await rollout.executeUpdate('retry', { args: [{ by: 'tester' }] });
    await lab.until(rollout, (progress) => (progress.groups[0]?.batches.length ?? 0) >= 4);
    await rollout.executeUpdate('stop', { args: [{ by: 'tester' }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'stopped' });
  }, 600_000);

  it('goes on with none of its slices where a failure is the end of it', async () => {
    await lab.fresh({ vm: 100, push: 100, look: 100 });
    lab.site.onMade = (machine, target) => {
      if (machine === 'web-1') target.behaviour.failing.add('file:/b');
    };
    const group = { group: 'web', count: 1000, maxParallel: 100, onFailure: 'stop' } as const;
    const rollout = await lab.up(lab.fleet([group]));
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts: { failed: 1 } });
    expect((await lab.progress(rollout)).groups[0]?.batches).toHaveLength(2);
    expect(lab.site.ledger.length).toBeLessThan(400);
  }, 600_000);

  it('has no more at work than a new limit says, however many slices there are', async () => {
    await lab.fresh({ vm: 100, push: 100, look: 100 });
    let most = 0;
    let atWork = 0;
    lab.site.onCreate = async (_machine, moment) => {
      if (moment === 'begin') most = Math.max(most, ++atWork);
    };
    lab.site.onMade = (_machine, { behaviour }) => {
      behaviour.stepMs = 100;
      behaviour.beforeStep = async (step) => void (step === 'file:/b' && atWork--);
    };
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 501, maxParallel: 100 }]));
    const by = 'tester';
    await expect
      .poll(() =>
        rollout.executeUpdate('pause', { args: [{ by }] }).then(
          () => true,
          () => false,
        ),
      )
      .toBe(true);
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'running');
    await rollout.executeUpdate('limit', { args: [{ by, group: 'web', maxParallel: 1 }] });
    await rollout.executeUpdate('resume', { args: [{ by }] });
    await lab.until(rollout, () => lab.site.ledger.length > 5);
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
    expect(most).toBe(1);
  }, 600_000);

  it('comes to an end where somebody ends what one of its slices tried again', async () => {
    await lab.fresh({ vm: 100, push: 100, look: 100 });
    lab.site.onMade = (machine, { behaviour }) => {
      if (machine === 'web-1') behaviour.failing.add('file:/b');
    };
    const group = { group: 'web', count: 600, maxParallel: 52, onFailure: 'ask' } as const;
    const rollout = await lab.up(lab.fleet([group]));
    await openQuestions(rollout);
    lab.site.vm('web-1').target.behaviour.beforeStep = () => new Promise(() => undefined);
    await rollout.executeUpdate('retry', { args: [{ by: 'tester' }] });
    const { groups } = await lab.until(rollout, (progress) => (progress.groups[0]?.batches.length ?? 0) >= 3);
    const again = lab.env.client.workflow.getHandle(groups[0]?.batches[2] ?? '');
    await lab.until(rollout, () => lab.site.vm('web-1').target.runs.size > 1);
    await again.terminate();
    expect(await rollout.result()).toMatchObject({ failure: { code: 'MW-WORKFLOW-TERMINATED' } });
  }, 600_000);
});

/** Most children that one workflow task started: gRPC limits what one task may carry. */
function biggestTask(events: readonly temporal.api.history.v1.IHistoryEvent[]): number {
  const perTask = new Map<string, number>();
  for (const { eventType, startChildWorkflowExecutionInitiatedEventAttributes: started } of events) {
    if (eventType !== EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED) continue;
    const task = String(started?.workflowTaskCompletedEventId);
    perTask.set(task, (perTask.get(task) ?? 0) + 1);
  }
  return Math.max(...perTask.values());
}
