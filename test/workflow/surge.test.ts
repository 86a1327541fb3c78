import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Around, MachineOutcome } from '../../src/model/index.js';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet } from '../support/sim-fleet.js';
import type { SimTarget } from '../support/sim-target.js';

const by = 'tester';
const strategy = { batches: [1], soakMs: 0, maxFailed: 0, surge: 1, probes: [] };
const step = { at: 'lb-1', site: 'main', settleMs: 0, timeoutMs: 5_000 };
const around: Around = { drain: { ...step, run: 'drain' }, restore: { ...step, run: 'restore' } };

describe('a replacement with surge', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  let old: string;
  const instance = () => lab.site.vm('web-1').info.instance;
  const last = () => lab.record.last('web-1');
  const outcome = () => last()?.outcome as MachineOutcome;

  /** A fleet in use, and the change that replaces its machine by one of the next version. */
  async function replacing(): Promise<SimFleet> {
    const fleet = lab.fleet([
      { group: 'lb', count: 1 },
      { group: 'web', count: 1, verify: ['command:answers'], onFailure: 'ask', strategy, around },
    ]);
    await (await lab.up(fleet)).result();
    old = instance();
    lab.site.ledger.length = 0;
    lab.site.vm('lb-1').target.behaviour.command = async (run) => {
      lab.site.ledger.push(run);
      return {};
    };
    return { ...fleet, version: '2', actions: { 'web-1': 'replace' } };
  }
  const up = (fleet: SimFleet) => lab.up(fleet, { allowDestroy: true });
  const whenMade = (act: (target: SimTarget) => void) => {
    lab.site.onMade = (_, target) => act(target);
  };
  const stopped = async (rollout: Awaited<ReturnType<typeof up>>) => {
    await rollout.executeUpdate('stop', { args: [{ by }] });
    return rollout.result();
  };
  const oldGoesOn = () => {
    expect(lab.site.vms.size).toBe(2);
    expect(instance()).toBe(old);
    expect(last()).toMatchObject({ instance: { instance: old } });
    expect(outcome()).toMatchObject({ instance: old });
    expect(outcome().beside).toBeUndefined();
    expect(outcome().drained).toBeUndefined();
    const base = lab.record.base({ ...(last()?.ref as NonNullable<ReturnType<typeof last>>['ref']) }, 'web');
    expect(base).toMatchObject({ instance: old, assigned: lab.site.vm('web-1').target.head?.bundle });
  };

  it('has the new one verified and in use before the old one goes', async () => {
    const fleet = await replacing();
    whenMade((target) => {
      target.behaviour.beforeStep = async (id) => void lab.site.ledger.push(id);
    });
    expect(await (await up(fleet)).result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.site.ledger).toEqual([
      ...['create web-1', 'file:/a', 'file:/b', 'drain', 'restore', 'destroy web-1'],
    ]);
    expect(instance()).not.toBe(old);
    expect(last()).toMatchObject({
      ...{ instance: { instance: instance() }, drained: null },
      verified: lab.site.vm('web-1').target.head?.bundle,
    });
    expect(outcome().beside).toBeUndefined();
  });

  it('has both recorded while both exist, the old one as the machine', async () => {
    const fleet = await replacing();
    let seen: MachineOutcome | undefined;
    let machine: string | undefined;
    whenMade((target) => {
      target.behaviour.beforeStep = async () => {
        seen = outcome();
        machine = last()?.instance?.instance;
      };
    });
    await (await up(fleet)).result();
    expect(machine).toBe(old);
    expect(seen).toMatchObject({ outcome: 'running', beside: instance() });
  });

  it.each([
    ['fails', (target: SimTarget) => void target.behaviour.failing.add('file:/b')],
    ['is not verified', (target: SimTarget) => void target.behaviour.wrong.add('command:answers')],
    ['is not ready', (target: SimTarget) => Object.assign(target.behaviour.report, { root: 'ro' })],
  ])('leaves the old one untouched where the new one %s, which goes', async (_, act) => {
    const fleet = await replacing();
    whenMade(act);
    const rollout = await lab.up(fleet, { allowDestroy: true }, { ready: 2_000 });
    await openQuestions(rollout);
    expect(lab.site.ledger).toEqual(['create web-1', 'destroy web-1']);
    oldGoesOn();
    expect(outcome()).toMatchObject({
      outcome: 'failed',
      undo: [{ what: 'destroy unfinished web-1', done: true }],
    });
    lab.site.onMade = undefined;
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 2 });
    expect(lab.site.vms.size).toBe(2);
    expect(instance()).not.toBe(old);
  });

  it.each([
    ['it cannot be taken out of use', 'drain', 'drain'],
    ['the new one cannot be put into use', 'restore', 'undrain'],
  ])('leaves the old one in use where %s', async (_, fails, phase) => {
    const fleet = await replacing();
    let times = 0;
    lab.site.vm('lb-1').target.behaviour.command = async (run) => ({
      code: run === fails && ++times === 1 ? 1 : 0,
    });
    const rollout = await up(fleet);
    await openQuestions(rollout);
    expect(outcome()).toMatchObject({ outcome: 'failed', phase });
    oldGoesOn();
    await stopped(rollout);
  });

  it('ends with the old one where somebody asks for a stop or a cancellation meanwhile', async () => {
    for (const ask of ['stop', 'cancel'] as const) {
      await lab.fresh();
      const fleet = await replacing();
      let begun = false;
      whenMade((target) => {
        target.behaviour.stepMs = 500;
        target.behaviour.beforeStep = async () => {
          begun = true;
        };
      });
      const rollout = await up(fleet);
      await expect.poll(() => begun, { timeout: 20_000 }).toBe(true);
      if (ask === 'stop') await stopped(rollout);
      else {
        await rollout.cancel();
        await rollout.result().catch(() => undefined);
      }
      oldGoesOn();
    }
  });

  it('names the old one where it cannot be removed, and removes it when told to try again', async () => {
    const fleet = await replacing();
    let broken = true;
    lab.site.onDestroy = async () => {
      if (broken) throw new Error('the disk is busy');
    };
    const rollout = await up(fleet);
    await openQuestions(rollout);
    expect(outcome()).toMatchObject({ outcome: 'failed', phase: 'destroy', beside: old });
    expect(last()?.instance?.instance).not.toBe(old);
    broken = false;
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 2 });
    expect(lab.site.vms.size).toBe(2);
    expect(outcome().beside).toBeUndefined();
  });
});
