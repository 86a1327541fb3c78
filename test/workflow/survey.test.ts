import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { glance, type Looking, type Snapshot } from '../../src/cli/run/snapshot.js';
import type { Engine } from '../../src/cli/temporal.js';
import { surveyOn } from '../../src/cli/why/temporal.js';
import { workflowId } from '../../src/model/ids.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { planChange, type SimFleet } from '../support/sim-fleet.js';

const { EVENT_TYPE_ACTIVITY_TASK_SCHEDULED: SCHEDULED, EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: SIGNALED } =
  temporal.api.enums.v1.EventType;

describe('machines of which the plan wants nothing', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const runOf = async (fleet: SimFleet, machine: string): Promise<string> =>
    (await lab.machine(fleet, machine).describe()).runId;

  const eventsOf = (change: string) =>
    lab.events(lab.env.client.workflow.getHandle(workflowId.batch(change, 0)));

  async function activitiesOf(change: string): Promise<(string | null | undefined)[]> {
    return (await eventsOf(change))
      .filter(({ eventType }) => eventType === SCHEDULED)
      .map((one) => one.activityTaskScheduledEventAttributes?.activityType?.name);
  }

  it('need no workflow of their own while they are as they should be, and are recorded all the same', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 7, maxParallel: 3, verify: ['command:answers'] }]);
    await (await lab.up(fleet)).result();
    const before = await runOf(fleet, 'web-1');
    const again = await (await lab.up(fleet)).result();
    expect(again).toMatchObject({ outcome: 'succeeded', counts: { aligned: 7 } });
    expect(await runOf(fleet, 'web-1')).toBe(before);
    expect((await activitiesOf(again.changeId)).filter((name) => name === 'survey')).toHaveLength(3);
    expect(lab.record.last('web-7', again.changeId)).toMatchObject({
      ...{ debts: [], hold: null, instance: { power: 'on' } },
      outcome: { outcome: 'aligned', counts: { ok: 2 }, phases: [{ phase: 'look', reason: 'aligned' }] },
      evidence: { look: expect.any(String) },
    });
  });

  it('have one as soon as something on them differs', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 3 }]);
    await (await lab.up(fleet)).result();
    const before = [await runOf(fleet, 'web-1'), await runOf(fleet, 'web-2')];
    lab.site.vm('web-2').target.applied.delete('file:/b');
    const again = await (await lab.up(fleet)).result();
    expect(again.counts).toEqual({ aligned: 2, applied: 1 });
    expect(await runOf(fleet, 'web-1')).toBe(before[0]);
    expect(await runOf(fleet, 'web-2')).not.toBe(before[1]);
  });

  it('say in their own workflow why nobody can look at them', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 2, maxParallel: 1 }]);
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.reachable = false;
    const again = await (await lab.up(fleet, {}, { silence: 100 })).result();
    expect(again.machines.find((one) => one.machine === 'web-1')).toMatchObject({
      ...{ outcome: 'owed', reason: expect.stringMatching(/^unreachable: /) },
    });
    expect(again.counts).toEqual({ aligned: 1, owed: 1 });
  });

  it('are left alone while somebody else works on them: what that says of them counts', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1 }]);
    await (await lab.up(fleet)).result();
    const gate = new Gate();
    lab.site.onDestroy = () => gate.pass();
    const gone = { ...fleet, groups: [], removed: ['web-1'] };
    const planned = await planChange(lab.site.store, lab.record, fleet);
    const destroy = await lab.up(gone, { verb: 'destroy', allowDestroy: true });
    await gate.reached;
    const again = await (await lab.start(planned.change, planned.document, { busy: 0 })).result();
    expect(again.machines).toMatchObject([{ outcome: 'owed', reason: expect.stringMatching(/^busy: /) }]);
    gate.open();
    await destroy.result();
    expect(lab.record.base({ ...fleet.environment, machine: 'web-1' }, 'web')).toBeUndefined();
  });

  it('are shown as running while their batch looks at them, with what that waits for', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 4, maxParallel: 1 }]);
    await (await lab.up(fleet)).result();
    const gate = new Gate();
    lab.site.vm('web-2').target.behaviour.beforeLook = () => gate.pass();
    const rollout = await lab.up(fleet);
    await gate.reached;
    const { client, connection } = lab.env;
    const engine = { client, connection, namespace: 'default' } as Engine;
    const seen = await glance(engine, fleet.environment, {
      id: rollout.workflowId,
      runId: (await rollout.describe()).runId,
    });
    expect(seen).toMatchObject({ groups: [{ running: ['web-1', 'web-2', 'web-3', 'web-4'] }] });
    const [group] = (seen as Snapshot).groups;
    const work = await surveyOn(engine, group?.looking?.[0] as Looking, 'main');
    expect(work?.pending).toMatchObject([
      { activity: 'survey', queue: 'mw-site-main-look', state: 'started' },
    ]);
    gate.open();
    await rollout.result();
  });

  it('are not looked at any more once somebody has asked for a stop', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 11, maxParallel: 1 }]);
    await (await lab.up(fleet)).result();
    const gate = new Gate();
    lab.site.vm('web-1').target.behaviour.beforeLook = () => gate.pass();
    const { change, document } = await planChange(lab.site.store, lab.record, fleet);
    const rollout = await lab.start(change, document);
    await gate.reached;
    await rollout.executeUpdate('stop', { args: [{ by: 'tester' }] });
    const isTold = async () => (await eventsOf(change.id)).some(({ eventType }) => eventType === SIGNALED);
    await expect.poll(isTold, { timeout: 20_000 }).toBe(true);
    gate.open();
    const result = await rollout.result();
    expect(result.outcome).toBe('stopped');
    expect(result.counts).toMatchObject({ aligned: 10 });
  });
});
