import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';

describe('a worker that ends while it works', () => {
  let lab: Lab;
  let gate: Gate;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(async () => {
    await lab.fresh();
    gate = new Gate();
  });

  const one = () => lab.fleet([{ group: 'web', count: 1 }]);
  async function restart(): Promise<void> {
    await gate.reached;
    await lab.stopWorkers();
    gate.open();
    await lab.startWorkers();
  }

  it('is no reason to remove what a create has begun', async () => {
    lab.site.onCreate = async (_machine, moment, signal) => {
      if (moment === 'made') await gate.pass(signal);
    };
    const rollout = await lab.up(one());
    await restart();
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });

  it('is no reason to end a run on a target: the next attempt attaches', async () => {
    lab.site.onMade = (_, target) => {
      target.behaviour.beforeStep = (step) => (step === 'file:/b' ? gate.pass() : Promise.resolve());
    };
    const rollout = await lab.up(one());
    await restart();
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
    const { target } = lab.site.vm('web-1');
    expect(target.acted).toEqual(['file:/a', 'file:/b']);
    expect(target.tombstones.size).toBe(0);
    expect(target.runs.size).toBe(1);
  });

  it('is no reason to stop waiting for a machine', async () => {
    lab.site.onReady = (signal) => gate.pass(signal);
    const rollout = await lab.up(one());
    await restart();
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
  });
});

describe('a machine whose workflow somebody terminates', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());

  it('is gone on with when it is tried again, not made a second time', async () => {
    await lab.fresh();
    const gate = new Gate();
    lab.site.onMade = (_, target) => {
      target.behaviour.beforeStep = () => gate.pass();
    };
    const fleet = lab.fleet([{ group: 'web', count: 1, onFailure: 'ask' }]);
    const rollout = await lab.up(fleet, {}, { again: 0 });
    await gate.reached;
    await lab.machine(fleet, 'web-1').terminate();
    await openQuestions(rollout);
    gate.open();
    await rollout.executeUpdate('retry', { args: [{ by: 'tester' }] });
    const { result } = await lab.until(
      rollout,
      (progress) => progress.result !== undefined || (progress.questions[0]?.attempt ?? 1) > 1,
    );
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { applied: 1 } });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });
});
