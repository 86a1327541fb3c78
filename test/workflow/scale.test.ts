import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';

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
