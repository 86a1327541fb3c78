import { WorkflowExecutionAlreadyStartedError, WorkflowFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { stopUpdate } from '../../src/workflows/messages.js';
import type { ChangeMemo } from '../../src/workflows/start.js';
import type { MachineProgress } from '../../src/workflows/types.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { planChange } from '../support/sim-fleet.js';

describe('steering a rollout', () => {
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

  const two = () =>
    lab.fleet([{ group: 'web', count: 2, maxParallel: 1, steps: ['file:/a', 'file:/b', 'file:/c'] }]);
  const holdStep = (step: string) => {
    lab.site.onMade = (machine, target) => {
      if (machine !== 'web-1') return;
      target.behaviour.onEnd = () => gate.open();
      target.behaviour.beforeStep = (now) => (now === step ? gate.pass() : Promise.resolve());
    };
  };
  const statusOf = async (handle: { describe(): Promise<{ status: { name: string } }> }) =>
    (await handle.describe()).status.name;
  const stop = { args: [{ by: 'tester' }] as [{ by: string }] };

  describe('by cancelling it', () => {
    it('removes the machine whose create it interrupts', async () => {
      lab.site.onCreate = async (_machine, moment, signal) => {
        if (moment === 'made') await gate.pass(signal);
      };
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect(await statusOf(rollout)).toBe('CANCELLED');
      expect(await statusOf(lab.machine(fleet, 'web-1'))).toBe('CANCELLED');
      expect(lab.site.ledger).toEqual(['create web-1', 'destroy web-1']);
      expect(lab.record.last('web-1')).toMatchObject({ outcome: { outcome: 'cancelled' }, instance: null });
      expect([...lab.record.ended.values()]).toEqual(['cancelled']);
      expect((await lab.progress(rollout)).result?.outcome).toBe('cancelled');
    });

    it('leaves a machine that waits to be ready as it is', async () => {
      lab.site.onReady = (signal) => gate.pass(signal);
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect(lab.site.ledger).toEqual(['create web-1']);
      expect(lab.record.last('web-1')).toMatchObject({
        outcome: { outcome: 'cancelled', phase: 'ready' },
        instance: { power: 'on' },
      });
    });

    it('ends the run on the target and keeps it from ever starting again', async () => {
      holdStep('file:/b');
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      const { target } = lab.site.vm('web-1');
      expect(target.acted).toEqual(['file:/a', 'file:/b']);
      expect(target.tombstones.size).toBe(1);
      expect(lab.record.last('web-1')).toMatchObject({
        outcome: { outcome: 'cancelled', phase: 'provision', counts: { changed: 2, notReached: 1 } },
      });
    });

    it('says unknown where the target cannot be reached to end its run', async () => {
      holdStep('file:/b');
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      lab.site.vm('web-1').target.behaviour.reachable = false;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect(lab.record.last('web-1')?.outcome).toMatchObject({
        outcome: 'unknown',
        undo: [{ done: false, failure: { code: 'MW-RUN-UNKNOWN' } }],
      });
      gate.open();
    });

    it('names an undo that fails instead of claiming that all is as before', async () => {
      lab.site.onCreate = async (_machine, moment, signal) => {
        if (moment === 'made') await gate.pass(signal);
      };
      lab.site.onDestroy = async () => {
        throw new Error('disk is on fire');
      };
      const rollout = await lab.up(two());
      await gate.reached;
      await rollout.cancel();
      await expect(rollout.result()).rejects.toThrow(WorkflowFailedError);
      expect(lab.record.last('web-1')?.outcome).toMatchObject({
        outcome: 'failed',
        failure: { code: 'MW-UNDO-FAILED' },
      });
    });
  });

  describe('by stopping it', () => {
    it('lets the running step end and leaves the rest', async () => {
      holdStep('file:/b');
      const rollout = await lab.up(two());
      await gate.reached;
      expect(await rollout.executeUpdate(stopUpdate, stop)).toEqual({ stopping: true });
      const result = await rollout.result();
      expect(result).toMatchObject({ outcome: 'stopped', counts: { stopped: 1, skipped: 1 } });
      expect(result.machines[0]).toMatchObject({
        reason: 'stopped by tester',
        counts: { changed: 2, notReached: 1 },
      });
      expect(lab.site.vm('web-1').target.acted).toEqual(['file:/a', 'file:/b']);
      expect(lab.site.ledger).toEqual(['create web-1']);
    });

    it('lets a create come to its end', async () => {
      lab.site.onCreate = async (_machine, moment, signal) => {
        if (moment === 'begin') await gate.pass(signal);
      };
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await rollout.executeUpdate(stopUpdate, stop);
      await vi.waitFor(async () => {
        const { stopping } = await lab.machine(fleet, 'web-1').query<MachineProgress>('progress');
        expect(stopping).toEqual({ by: 'tester' });
      }, 20_000);
      gate.open();
      const result = await rollout.result();
      expect(result.machines[0]).toMatchObject({ outcome: 'stopped', phase: 'ready' });
      expect(lab.record.last('web-1')?.instance).toMatchObject({ power: 'on' });
    });

    it('can be followed by a run that goes on', async () => {
      holdStep('file:/b');
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await rollout.executeUpdate(stopUpdate, stop);
      await rollout.result();
      expect((await (await lab.up(fleet)).result()).counts).toEqual({ applied: 2 });
      expect(lab.site.vm('web-1').target.acted).toEqual(['file:/a', 'file:/b', 'file:/c']);
    });

    it('needs the name of who asks', async () => {
      lab.site.onReady = (signal) => gate.pass(signal);
      const rollout = await lab.up(two());
      await gate.reached;
      await expect(rollout.executeUpdate(stopUpdate, { args: [{ by: '' }] })).rejects.toThrow();
      gate.open();
      expect((await rollout.result()).outcome).toBe('succeeded');
    });
  });

  describe('beside another', () => {
    it('tells a second one of the same environment who runs and what they intend', async () => {
      lab.site.onReady = (signal) => gate.pass(signal);
      const fleet = two();
      const rollout = await lab.up(fleet);
      await gate.reached;
      await expect(lab.up(fleet)).rejects.toThrow(WorkflowExecutionAlreadyStartedError);
      const memo = (await rollout.describe()).memo as unknown as ChangeMemo;
      const { change } = await planChange(lab.site.store, lab.record, fleet);
      expect(memo).toMatchObject({ intent: change.intent, startedBy: 'tester', verb: 'up' });
      expect((await lab.progress(rollout)).intent).toBe(change.intent);
      gate.open();
      await rollout.result();
    });

    it('leaves a machine that another change works on owed, and names that change', async () => {
      const fleet = two();
      await (await lab.up(fleet)).result();
      const { change, document } = await planChange(lab.site.store, lab.record, { ...fleet, version: '2' });
      holdNow(['web-1']);
      const first = await lab.start(change, document);
      await gate.reached;
      await first.terminate('the parent is gone, its machine goes on');
      const result = await (await lab.up({ ...fleet, version: '3' }, {}, { busy: 200 })).result();
      const owed = result.machines.find((one) => one.machine === 'web-1');
      expect(owed).toMatchObject({
        outcome: 'owed',
        reason: expect.stringContaining(`runs change ${change.id} by tester`),
      });
      expect(result.outcome).toBe('succeeded');
      gate.open();
      await lab.machine(fleet, 'web-1').result();
    });

    it('waits for a machine that becomes free in time', async () => {
      const fleet = lab.fleet([{ group: 'web', count: 1 }]);
      await (await lab.up(fleet)).result();
      holdNow(['web-1']);
      const first = await lab.up({ ...fleet, version: '2' });
      await gate.reached;
      await first.terminate();
      const second = await lab.up({ ...fleet, version: '3' }, {}, { busy: 20_000 });
      setTimeout(() => gate.open(), 500);
      expect((await second.result()).counts).toEqual({ applied: 1 });
    });

    it('makes way for a destroy', async () => {
      const fleet = lab.fleet([{ group: 'web', count: 1, steps: ['file:/a', 'file:/b'] }]);
      await (await lab.up(fleet)).result();
      holdNow(['web-1']);
      const rollout = await lab.up({ ...fleet, version: '2' });
      await gate.reached;
      const gone = { ...fleet, groups: [], removed: ['web-1'] };
      const destroy = await lab.up(gone, { verb: 'destroy', allowDestroy: true }, { busy: 20_000 });
      lab.site.vm('web-1').target.behaviour.onEnd = () => gate.open();
      expect((await destroy.result()).counts).toEqual({ destroyed: 1 });
      expect((await rollout.result()).machines[0]).toMatchObject({ outcome: 'stopped' });
    });

    function holdNow(machines: readonly string[]): void {
      for (const machine of machines) {
        const { behaviour } = lab.site.vm(machine).target;
        let held = false;
        behaviour.beforeStep = async (step) => {
          if (held || step !== 'file:/a') return;
          held = true;
          await gate.pass();
        };
      }
    }
  });
});
