import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { retrySignal, stopSignal, stopUpdate } from '../../src/workflows/messages.js';
import type { MachineProgress } from '../../src/workflows/types.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimGroup } from '../support/sim-fleet.js';

/** What chaos found in the record that was not so, each as small as it can be. */
describe('the record', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const group: SimGroup = { group: 'web', count: 1, verify: ['command:answers'] };
  const assigned = async (fleet: ReturnType<Lab['fleet']>) =>
    (await lab.record.port().base(fleet.environment))['web-1']?.assigned;
  const head = () => lab.site.vm('web-1').target.head?.bundle;

  it('knows what a machine was left at by a change whose cancellation could not put it back', async () => {
    const fleet = lab.fleet([group]);
    await (await lab.up(fleet)).result();
    const before = head();
    const { behaviour } = lab.site.vm('web-1').target;
    const gate = new Gate();
    behaviour.beforeStep = (step) => (step === 'file:/b' ? gate.pass() : Promise.resolve());
    behaviour.onEnd = () => gate.open();
    const once = { id: 'command:once', unguarded: true, cannotUndo: true };
    const rollout = await lab.up({ ...fleet, groups: [{ ...group, steps: [once, 'file:/b'] }] });
    await gate.reached;
    await rollout.cancel();
    await rollout.result().catch(() => undefined);
    expect(lab.record.last('web-1')?.outcome.outcome).toBe('rollback-failed');
    expect(head()).not.toBe(before);
    expect(await assigned(fleet)).toBe(head());
  });

  it('knows what a machine was put back to, although a stop came before anybody could look', async () => {
    const fleet = lab.fleet([{ ...group, onFailure: 'rollback', rollback: ['snapshot'] }]);
    await (await lab.up(fleet)).result();
    const before = head();
    const gate = new Gate();
    lab.site.onReady = (signal) => gate.pass(signal);
    lab.site.vm('web-1').target.behaviour.failing.add('file:/b');
    const rollout = await lab.up({ ...fleet, version: '2' });
    await gate.reached;
    await rollout.executeUpdate(stopUpdate, { args: [{ by: 'tester' }] });
    await vi.waitFor(async () => {
      const { stopping } = await lab.machine(fleet, 'web-1').query<MachineProgress>('progress');
      expect(stopping).toBeDefined();
    }, 20_000);
    gate.open();
    await rollout.result();
    expect(lab.record.last('web-1')?.outcome.outcome).toBe('stopped');
    expect(head()).toBe(before);
    expect(await assigned(fleet)).toBe(before);
  });

  it('learns what a machine that was off is admitted to as soon as it is ready', async () => {
    const fleet = lab.fleet([group]);
    await (await lab.up(fleet)).result();
    for (const entry of lab.record.entries) Object.assign(entry, { assigned: undefined });
    lab.site.powerOff('web-1');
    lab.site.vm('web-1').target.disk.hold = { reason: 'debugging', by: 'tester' };
    await (await lab.up({ ...fleet, version: '2' })).result();
    expect(lab.record.last('web-1')?.outcome.outcome).toBe('owed');
    expect(await assigned(fleet)).toBe(head());
  });

  it('claims no bundle for a new instance on which none was begun', async () => {
    const replace: SimGroup = { ...group, onFailure: 'rollback', rollback: ['restore', 'replace'] };
    const fleet = lab.fleet([replace]);
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.failing.add('file:/b');
    lab.site.onMade = (_, { behaviour }) => {
      behaviour.reachable = false;
    };
    await (await lab.up({ ...fleet, version: '2' }, {}, { ready: 300, silence: 300 })).result();
    expect(lab.record.last('web-1')?.outcome.outcome).toMatch(/rollback-failed|unknown/);
    expect(await assigned(fleet)).toBeNull();
  });

  it('and the rollout agree about a machine that a stop kept from being tried again', async () => {
    lab.site.onMade = (_, { behaviour }) => behaviour.failing.add('file:/b');
    const rollout = await lab.up(lab.fleet([{ ...group, onFailure: 'ask' }]));
    await openQuestions(rollout);
    await lab.stopWorkers();
    await rollout.signal(retrySignal, { by: 'tester' });
    await rollout.signal(stopSignal, { by: 'tester' });
    await lab.startWorkers();
    const { machines } = await rollout.result();
    expect(machines[0]?.outcome).toBe(lab.record.last('web-1')?.outcome.outcome);
  });
});
