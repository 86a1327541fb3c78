import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet } from '../support/sim-fleet.js';

const by = 'tester';

describe('an action that disturbs', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const settled = async (): Promise<SimFleet> => {
    const fleet = lab.fleet([{ group: 'web', count: 1, onFailure: 'ask' }]);
    await (await lab.up(fleet)).result();
    return fleet;
  };
  const instance = () => lab.site.vm('web-1').info.instance;
  const replacing = (fleet: SimFleet): SimFleet => ({ ...fleet, actions: { 'web-1': 'replace' } });

  it('replaces a machine: the old one goes first, the new one is provisioned and verified', async () => {
    const fleet = await settled();
    const old = instance();
    const rollout = await lab.up(replacing(fleet), { allowDestroy: true });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 1 } });
    expect(lab.site.ledger).toEqual(['create web-1', 'destroy web-1', 'create web-1']);
    expect(instance()).not.toBe(old);
    expect(lab.record.last('web-1')).toMatchObject({
      instance: { instance: instance() },
      verified: lab.site.vm('web-1').target.head?.bundle,
    });
    expect(lab.record.last('web-1')?.evidence.console).toBeDefined();
  });

  it('replaces nothing where that is not allowed, and says so', async () => {
    const fleet = await settled();
    const old = instance();
    const result = await (await lab.up(replacing(fleet))).result();
    expect(result.machines[0]).toMatchObject({
      outcome: 'skipped',
      reason: 'replacing web-1 refused without --allow-destroy',
    });
    expect(instance()).toBe(old);
  });

  it('goes on with the replacement when its create failed and somebody says retry', async () => {
    const fleet = await settled();
    let broken = true;
    lab.site.onCreate = async (_, moment) => {
      if (broken && moment === 'made') throw new Error('qemu exited 1');
    };
    const rollout = await lab.up(replacing(fleet), { allowDestroy: true });
    await openQuestions(rollout);
    expect(lab.site.vms.size).toBe(0);
    broken = false;
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
    expect(lab.site.vms.size).toBe(1);
  });

  it('leaves a machine that somebody holds as it is', async () => {
    const fleet = await settled();
    lab.site.vm('web-1').target.behaviour.hold = 'debugging';
    const result = await (await lab.up(replacing(fleet), { allowDestroy: true })).result();
    expect(result.machines[0]).toMatchObject({ outcome: 'owed', reason: 'web-1 is held: debugging' });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });

  it('power cycles a machine into its new shape although its files are as they should be', async () => {
    const fleet = await settled();
    const { boot } = lab.site.vm('web-1').target;
    const rollout = await lab.up({ ...fleet, actions: { 'web-1': 'power cycle' } });
    expect(await rollout.result()).toMatchObject({ counts: { applied: 1 } });
    const events = await lab.events(lab.machine(fleet, 'web-1'));
    const activities = events.flatMap(
      (one) => one.activityTaskScheduledEventAttributes?.activityType?.name ?? [],
    );
    expect(activities).toEqual(['look', 'reshapeInstance', 'awaitReady', 'provision']);
    expect(lab.site.vm('web-1').target.boot).toBeGreaterThanOrEqual(boot);
    expect(instance()).toBeDefined();
  });
});
