import { WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import { planChange, type SimFleet } from '../support/sim-fleet.js';

const by = 'tester';

describe('a rollback', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  type Group = SimFleet['groups'][number];
  const web = (more: Partial<Group> = {}): Group => ({
    ...{ group: 'web', count: 2, maxParallel: 1, onFailure: 'ask', verify: ['command:answers'] },
    ...more,
  });
  /** A fleet at version 1, verified; `change` gives its next contract. */
  const settled = async (group = web()) => {
    const fleet = lab.fleet([group]);
    await (await lab.up(fleet)).result();
    return fleet;
  };
  const next = (fleet: SimFleet, more: Partial<Group>): SimFleet => ({
    ...fleet,
    version: '2',
    groups: fleet.groups.map((one) => ({ ...one, ...more })),
  });
  /** One machine more, which the last batch would make. */
  const grown = (fleet: SimFleet): SimFleet => ({
    ...fleet,
    groups: fleet.groups.map((one) => ({ ...one, count: one.count + 1 })),
  });
  const badStep = { steps: ['file:/a', { id: 'file:/b', fails: 'dirty' as const }] };
  const soaking = { batches: [2, 1], soakMs: 600_000, maxFailed: 0, surge: 0, probes: [] };
  const bundleOf = (machine: string) => lab.site.vm(machine).target.head?.bundle;

  it('of one machine puts back what was verified, verifies it, and starts nothing more', async () => {
    const fleet = await settled();
    const before = bundleOf('web-1');
    const rollout = await lab.up(next(fleet, badStep));
    const [question] = await openQuestions(rollout);
    expect(question?.answers).toContain('rollback');
    expect(bundleOf('web-1')).not.toBe(before);
    await rollout.executeUpdate('rollback', { args: [{ by, machine: 'web-1' }] });
    const result = await rollout.result();
    expect(result).toMatchObject({
      outcome: 'rolled-back-verified',
      counts: { 'rolled-back-verified': 1, skipped: 1 },
    });
    expect(bundleOf('web-1')).toBe(before);
    expect(lab.record.last('web-1')).toMatchObject({
      assigned: before,
      verified: before,
      outcome: {
        outcome: 'rolled-back-verified',
        failure: { step: 'file:/b' },
        rollback: { to: before, rungs: [{ rung: 'restore', done: true }] },
      },
    });
    expect([...lab.record.ended.values()].at(-1)).toBe('rolled-back-verified');
    expect(lab.record.answered).toMatchObject([{ answer: 'rollback', machine: 'web-1', by }]);
  });

  it('by policy needs nobody', async () => {
    const fleet = await settled(web({ onFailure: 'rollback' }));
    const before = bundleOf('web-1');
    const result = await (await lab.up(next(fleet, badStep))).result();
    expect(result.outcome).toBe('rolled-back-verified');
    expect(bundleOf('web-1')).toBe(before);
    expect(lab.record.answered).toMatchObject([{ answer: 'rollback', by: 'onFailure: rollback' }]);
  });

  it('after a good apply whose verification fails returns to what was verified', async () => {
    const fleet = await settled(web({ onFailure: 'rollback' }));
    const before = bundleOf('web-1');
    const result = await (await lab.up(next(fleet, { wrong: ['command:answers'] }))).result();
    expect(result.outcome).toBe('rolled-back-verified');
    expect(bundleOf('web-1')).toBe(before);
  });

  it('whose own verification fails is rollback-failed, never a silent success', async () => {
    const fleet = await settled(web({ onFailure: 'rollback' }));
    lab.site.vm('web-1').target.behaviour.wrong.add('command:answers');
    const result = await (await lab.up(next(fleet, badStep))).result();
    expect(result.outcome).toBe('rollback-failed');
    expect(lab.record.last('web-1')).toMatchObject({
      outcome: { outcome: 'rollback-failed', phase: 'verify', failure: { code: 'MW-VERIFY-FAILED' } },
    });
  });

  it('does not touch a machine with a step that cannot be undone, and names the step', async () => {
    const fleet = await settled(web({ count: 1, onFailure: 'rollback' }));
    const steps = [
      { id: 'command:migrate', cannotUndo: true },
      { id: 'file:/b', fails: 'clean' as const },
    ];
    const result = await (await lab.up(next(fleet, { steps }))).result();
    expect(result.outcome).toBe('rollback-failed');
    expect(result.machines[0]).toMatchObject({
      failure: { code: 'MW-ROLLBACK-NOUNDO', message: expect.stringContaining('command:migrate') },
      rollback: { rungs: [{ rung: 'restore', done: false }] },
    });
    expect(lab.site.vm('web-1').target.applied.has('command:migrate')).toBe(true);
  });

  it('takes the snapshot from before the change where the group names it and the first rung does not hold', async () => {
    const fleet = await settled(web({ count: 1, onFailure: 'rollback', rollback: ['restore', 'snapshot'] }));
    const before = bundleOf('web-1');
    const steps = [
      { id: 'command:migrate', cannotUndo: true },
      { id: 'file:/b', fails: 'clean' as const },
    ];
    const result = await (await lab.up(next(fleet, { steps }))).result();
    expect(result.outcome).toBe('rolled-back-verified');
    expect(result.machines[0]?.rollback?.rungs).toMatchObject([
      { rung: 'restore', done: false },
      { rung: 'snapshot', done: true },
    ]);
    expect(bundleOf('web-1')).toBe(before);
    expect(lab.site.vm('web-1').target.applied.has('command:migrate')).toBe(false);
  });

  it('keeps no snapshot of a change that was verified', async () => {
    const fleet = await settled(web({ count: 1, rollback: ['restore', 'snapshot'] }));
    const result = await (await lab.up(next(fleet, {}))).result();
    expect(result.outcome).toBe('succeeded');
    const provider = lab.site.deps().provider;
    expect(await provider.snapshots(lab.site.vm('web-1').info.instance)).toEqual([]);
    const events = await lab.events(lab.machine(fleet, 'web-1'));
    const activities = events.map((one) => one.activityTaskScheduledEventAttributes?.activityType?.name);
    expect(activities.filter((name) => name === 'snapshotInstance')).toHaveLength(2);
  });

  it('leaves no snapshot behind of a change that failed, once a later one is verified', async () => {
    const fleet = await settled(web({ count: 1, onFailure: 'stop', rollback: ['restore', 'snapshot'] }));
    await (await lab.up(next(fleet, badStep))).result();
    const provider = lab.site.deps().provider;
    const { instance } = lab.site.vm('web-1').info;
    expect(await provider.snapshots(instance)).toHaveLength(1);
    await provider.takeSnapshot(instance, 'by-hand', () => undefined);
    const mended = await (await lab.up({ ...fleet, version: '3' })).result();
    expect(mended.outcome).toBe('succeeded');
    expect((await provider.snapshots(instance)).map((one) => one.name)).toEqual(['by-hand']);
  });

  it('replaces the machine where the group allows it, and the console is in the store before', async () => {
    const fleet = await settled(web({ count: 1, onFailure: 'rollback', rollback: ['restore', 'replace'] }));
    const before = bundleOf('web-1');
    const old = lab.site.vm('web-1').info.instance;
    const steps = [
      { id: 'command:migrate', cannotUndo: true },
      { id: 'file:/b', fails: 'clean' as const },
    ];
    const result = await (await lab.up(next(fleet, { steps }))).result();
    expect(result.outcome).toBe('rolled-back-verified');
    expect(lab.site.vms.size).toBe(1);
    expect(lab.site.vm('web-1').info.instance).not.toBe(old);
    expect(lab.site.tombstones.has(old)).toBe(true);
    expect(bundleOf('web-1')).toBe(before);
    expect(lab.record.last('web-1')?.evidence.console).toMatch(/^[0-9a-f]{64}$/);
  });

  it('of a whole run puts back machines that were verified already, the newest group first', async () => {
    const fleet = lab.fleet([web({ group: 'db', count: 1 }), web({ group: 'web', count: 2, after: ['db'] })]);
    await (await lab.up(fleet)).result();
    const before = new Map(['db-1', 'web-1', 'web-2'].map((name) => [name, bundleOf(name)]));
    const bad = { ...fleet, version: '2', groups: [fleet.groups[0], { ...fleet.groups[1], ...badStep }] };
    const rollout = await lab.up(bad as SimFleet);
    await openQuestions(rollout);
    expect(bundleOf('db-1')).not.toBe(before.get('db-1'));
    await rollout.executeUpdate('rollback', { args: [{ by }] });
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'rolled-back-verified' });
    expect(result.counts).toEqual({ 'rolled-back-verified': 2, skipped: 1 });
    for (const [name, bundle] of before) expect(bundleOf(name)).toBe(bundle);
    const order = lab.record.entries.filter((one) => one.outcome.outcome === 'rolled-back-verified');
    expect(order.map((one) => one.ref.machine)).toEqual(['web-1', 'db-1']);
    expect(lab.record.answered).toMatchObject([{ answer: 'rollback', machine: null, by }]);
  });

  it('of the batch puts back the machines of the same group', async () => {
    const fleet = await settled();
    const before = bundleOf('web-1');
    lab.site.vm('web-2').target.behaviour.failing.add('file:/b');
    const rollout = await lab.up(next(fleet, {}));
    await openQuestions(rollout);
    lab.site.vm('web-2').target.behaviour.failing.clear();
    await rollout.executeUpdate('rollback', { args: [{ by, machine: 'web-2', batch: true }] });
    expect((await rollout.result()).counts).toEqual({ 'rolled-back-verified': 2 });
    expect(bundleOf('web-1')).toBe(before);
  });

  it('of a run that has ended is a change of its own', async () => {
    const fleet = await settled();
    const before = bundleOf('web-1');
    const { change } = await planChange(lab.site.store, lab.record, next(fleet, {}));
    const document = await storeChange(change);
    await (await lab.start(change, document)).result();
    expect(bundleOf('web-1')).not.toBe(before);
    const back = { ...change, id: `${change.id.slice(0, -1)}R`, verb: 'rollback' as const, of: change.id };
    const result = await (await lab.start(back, await storeChange(back))).result();
    expect(result).toMatchObject({ outcome: 'rolled-back-verified', counts: { 'rolled-back-verified': 2 } });
    expect(bundleOf('web-1')).toBe(before);
    expect(bundleOf('web-2')).toBe(before);
  });

  it('of a run that never acted on a machine claims nothing for what another one left on it', async () => {
    const fleet = await settled(web({ count: 1, onFailure: 'stop' }));
    await (await lab.up(next(fleet, badStep))).result();
    const left = bundleOf('web-1');
    lab.site.powerOff('web-1');
    const gate = new Gate();
    lab.site.onReady = (signal) => gate.pass(signal);
    const rollout = await lab.up({ ...fleet, version: '3' });
    await gate.reached;
    lab.site.onReady = undefined;
    await rollout.cancel();
    await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
    expect(lab.record.last('web-1')?.outcome).toMatchObject({ outcome: 'cancelled' });
    expect([...lab.record.ended.values()].at(-1)).toBe('cancelled');
    expect(bundleOf('web-1')).toBe(left);
  });

  it('claims nothing where a machine that was to be put back is held', async () => {
    const fleet = await settled(web({ steps: ['file:/a', 'file:/b'] }));
    const rollout = await lab.up(grown(next(fleet, { strategy: soaking })));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    lab.site.vm('web-1').target.behaviour.hold = 'ann looks at it';
    await rollout.executeUpdate('rollback', { args: [{ by }] });
    const counts = { owed: 1, 'rolled-back-verified': 1 };
    expect(await rollout.result()).toMatchObject({ outcome: 'rollback-failed', counts });
  });

  it('that is stopped in the middle says so, and claims nothing', async () => {
    const fleet = await settled(web({ count: 3, steps: ['file:/a', 'file:/b'] }));
    const rollout = await lab.up(grown(next(fleet, { strategy: { ...soaking, batches: [3, 1] } })));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    const gate = new Gate();
    lab.site.vm('web-2').target.behaviour.beforeStep = () => gate.pass();
    await rollout.executeUpdate('rollback', { args: [{ by }] });
    await gate.reached;
    await rollout.executeUpdate('stop', { args: [{ by }] });
    gate.open();
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'stopped', counts: { 'rolled-back-verified': 2, stopped: 1 } });
  });

  it('leaves a machine alone that another run has changed since', async () => {
    const fleet = await settled(web({ count: 1 }));
    const { change } = await planChange(lab.site.store, lab.record, next(fleet, {}));
    await (await lab.start(change, await storeChange(change))).result();
    await (await lab.up({ ...fleet, version: '3' })).result();
    const now = bundleOf('web-1');
    const back = { ...change, id: `${change.id.slice(0, -1)}R`, verb: 'rollback' as const, of: change.id };
    const result = await (await lab.start(back, await storeChange(back))).result();
    expect(result.machines[0]).toMatchObject({ failure: { code: 'MW-ROLLBACK-OTHER' } });
    expect(bundleOf('web-1')).toBe(now);
  });

  describe('by Temporal Cancel', () => {
    it('ends the running step, then puts the machine and those before it back', async () => {
      const fleet = await settled();
      const before = bundleOf('web-1');
      const gate = new Gate();
      const { behaviour } = lab.site.vm('web-2').target;
      behaviour.onEnd = () => gate.open();
      behaviour.beforeStep = (step) => (step === 'file:/b' ? gate.pass() : Promise.resolve());
      const rollout = await lab.up(next(fleet, {}));
      await gate.reached;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect((await rollout.describe()).status.name).toBe('CANCELLED');
      expect([bundleOf('web-1'), bundleOf('web-2')]).toEqual([before, before]);
      expect([...lab.record.ended.values()].at(-1)).toBe('rolled-back-verified');
      expect((await lab.progress(rollout)).result?.counts).toEqual({ 'rolled-back-verified': 2 });
    });

    it('claims nothing for a target that it cannot reach', async () => {
      const fleet = await settled(web({ count: 1 }));
      const gate = new Gate();
      const { behaviour } = lab.site.vm('web-1').target;
      behaviour.beforeStep = (step) => (step === 'file:/b' ? gate.pass() : Promise.resolve());
      const rollout = await lab.up(next(fleet, {}));
      await gate.reached;
      behaviour.reachable = false;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect(lab.record.last('web-1')?.outcome).toMatchObject({ outcome: 'unknown' });
      expect([...lab.record.ended.values()].at(-1)).not.toBe('rolled-back-verified');
      gate.open();
    });
  });

  const storeChange = (change: object) =>
    lab.site.store.put(`millwright.change.v1\n${JSON.stringify(change)}`);
});
