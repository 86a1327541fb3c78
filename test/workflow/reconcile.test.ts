import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createControlActivities } from '../../src/activities/index.js';
import { parsePolicy } from '../../src/policy/index.js';
import type { ReconcileReport } from '../../src/workflows/reconcileTypes.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { Scans } from '../support/scans.js';
import type { SimFleet } from '../support/sim-fleet.js';

const {
  EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED: CANCEL_REQUESTED,
  EVENT_TYPE_WORKFLOW_TASK_COMPLETED: TASK_COMPLETED,
} = temporal.api.enums.v1.EventType;

describe('a scan of a site', () => {
  let lab: Lab;
  let scans: Scans;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(async () => {
    await lab.fresh();
    scans = await Scans.open(lab);
  });
  afterEach(() => scans?.close());

  const web = (count: number): SimFleet => lab.fleet([{ group: 'web', count, verify: ['command:answers'] }]);
  const spoil = (machine: string, step = 'file:/b') => lab.site.vm(machine).target.applied.delete(step);
  const stateOf = async (fleet: SimFleet) =>
    Object.fromEntries((await scans.drift(fleet)).map((one) => [one.machine, one.state]));

  it('finds which machines have drifted and by what, and keeps since when', async () => {
    const fleet = await scans.up(web(3));
    spoil('web-2');
    const report = await scans.scan(fleet);
    expect(report.counts).toEqual({ aligned: 2, drifted: 1, failed: 0, unobserved: 0 });
    expect(report.drifted).toEqual([{ machine: 'web-2', steps: ['file:/b'] }]);
    const [before] = await scans.drifted(fleet);
    expect(before).toMatchObject({ machine: 'web-2', group: 'web', since: expect.any(String) });
    spoil('web-2', 'file:/a');
    await scans.scan(fleet);
    const [after] = await scans.drifted(fleet);
    expect(after).toMatchObject({ since: before?.since, steps: [{ step: 'file:/a' }, { step: 'file:/b' }] });
    expect(after?.at).not.toBe(before?.at);
    expect(await scans.history(fleet)).toMatchObject([
      { counts: { drifted: 1 } },
      { counts: { aligned: 2 } },
    ]);
  });

  it('tells a verification that fails from drift, and says of nobody what nobody saw', async () => {
    const fleet = await scans.up(web(4));
    lab.site.vm('web-1').target.behaviour.wrong.add('command:answers');
    lab.site.vm('web-2').target.behaviour.reachable = false;
    lab.site.vm('web-3').target.behaviour.hold = 'debugging';
    const { counts } = await scans.scan(fleet);
    expect(counts).toEqual({ aligned: 1, drifted: 0, failed: 1, unobserved: 2 });
    expect(await scans.drift(fleet)).toMatchObject([
      { state: 'failed', reason: expect.stringContaining('command:answers') },
      { state: 'unobserved', reason: expect.stringContaining('refused') },
      { state: 'unobserved', reason: 'held: debugging' },
      { state: 'aligned' },
    ]);
  });

  it('knows drift on while nobody can look', async () => {
    const fleet = await scans.up(web(1));
    spoil('web-1');
    await scans.scan(fleet);
    const [before] = await scans.drifted(fleet);
    lab.site.vm('web-1').target.behaviour.reachable = false;
    await scans.scan(fleet);
    expect(await scans.drifted(fleet)).toMatchObject([
      { state: 'unobserved', since: before?.since, steps: [{ step: 'file:/b' }] },
    ]);
  });

  it('forgets drift once a later change has brought the machine back', async () => {
    const fleet = await scans.up(web(1));
    spoil('web-1');
    await scans.scan(fleet);
    expect(await scans.drifted(fleet)).toHaveLength(1);
    await scans.up(fleet);
    expect(await scans.drifted(fleet)).toEqual([]);
  });

  it('starts no workflow for machines that are as they should be', async () => {
    const fleet = await scans.up(web(25));
    const runs = await scans.runsOf(fleet, 25);
    const { counts } = await scans.scan(fleet, { mode: 'enforce' });
    expect(counts.aligned).toBe(25);
    expect(await scans.runsOf(fleet, 25)).toEqual(runs);
    const names = await scans.activities();
    expect(names.filter((name) => name === 'scan')).toHaveLength(3);
    expect(names.length).toBeLessThan(8);
  });

  it('mends only what has drifted, up to its budget, as one change of its own', async () => {
    const fleet = await scans.up(web(4));
    await scans.scan(fleet, { mode: 'enforce' });
    const runs = await scans.runsOf(fleet, 4);
    for (const name of ['web-1', 'web-2', 'web-4']) spoil(name);
    const { mended } = await scans.scan(fleet, { mode: 'enforce', maxMachines: 2 });
    expect(mended.machines).toMatchObject([
      { machine: 'web-1', outcome: 'applied' },
      { machine: 'web-2', outcome: 'applied' },
    ]);
    const after = await scans.runsOf(fleet, 4);
    expect(after.map((run, n) => run === runs[n])).toEqual([false, false, true, true]);
    expect(lab.record.changes.get(mended.changeId ?? '')).toMatchObject({
      ...{ verb: 'reconcile', startedBy: 'reconcile of main' },
    });
    expect(lab.record.ended.get(mended.changeId ?? '')).toBe('succeeded');
    expect(await stateOf(fleet)).toEqual({ 'web-3': 'aligned', 'web-4': 'drifted' });
    expect(await scans.history(fleet)).toMatchObject([{ mended: 2, change: mended.changeId }, { mended: 0 }]);
    const next = await scans.scan(fleet, { mode: 'enforce' });
    expect(next.mended.machines).toMatchObject([{ machine: 'web-4', outcome: 'applied' }]);
    expect((await scans.scan(fleet)).counts.aligned).toBe(4);
  });

  it('mends nothing of a group that was never found aligned as a whole', async () => {
    const fleet = await scans.up(web(2));
    spoil('web-2');
    const first = await scans.scan(fleet, { mode: 'enforce' });
    expect(first.mended).toEqual({
      machines: [],
      refused: [{ machine: 'web-2', reason: 'group web was never found aligned as a whole' }],
    });
    await scans.up(fleet);
    await scans.scan(fleet);
    spoil('web-2');
    const later = await scans.scan(fleet, { mode: 'enforce' });
    expect(later.mended.machines).toMatchObject([{ machine: 'web-2', outcome: 'applied' }]);
  });

  it('stops mending where one machine cannot be brought back', async () => {
    const fleet = await scans.up(web(2));
    await scans.scan(fleet);
    for (const name of ['web-1', 'web-2']) spoil(name);
    lab.site.vm('web-1').target.behaviour.failing.add('file:/b');
    const { mended } = await scans.scan(fleet, { mode: 'enforce' });
    expect(mended).toMatchObject({
      machines: [{ machine: 'web-1', outcome: 'failed' }],
      left: 'web-1 could not be brought back',
    });
    expect(lab.record.ended.get(mended.changeId ?? '')).toBe('failed');
    expect(await stateOf(fleet)).toEqual({ 'web-1': 'drifted', 'web-2': 'drifted' });
  });

  it('never reboots, upgrades, creates or switches on: such machines are named', async () => {
    const steps = ['file:/a', 'file:/b', { id: 'news', type: 'upgrade' }];
    const fleet = await scans.up(lab.fleet([{ group: 'web', count: 4, steps }]));
    await scans.scan(fleet);
    spoil('web-1', 'news');
    spoil('web-2', 'file:/b');
    lab.site.powerOff('web-3');
    lab.site.vms.delete(lab.site.vm('web-4').info.instance);
    const { mended } = await scans.scan(fleet, { mode: 'enforce' });
    expect(mended.machines).toEqual([]);
    const upgrade = 'news, a step of type upgrade, is never run by reconcile; millwright up does';
    expect(mended.refused).toMatchObject([
      { machine: 'web-1', reason: upgrade },
      { machine: 'web-2', reason: upgrade },
      { machine: 'web-3', reason: expect.stringContaining('switched it off') },
      { machine: 'web-4', reason: expect.stringContaining('no such machine') },
    ]);
    expect(lab.site.ledger.filter((line) => line.startsWith('create'))).toHaveLength(4);
  });

  it('leaves machines alone while a rollout owns them', async () => {
    const fleet = await scans.up(web(2));
    await scans.scan(fleet);
    spoil('web-2');
    const gate = new Gate();
    lab.site.vm('web-1').target.behaviour.beforeStep = () => gate.pass();
    const rollout = await lab.up({ ...fleet, version: '2' });
    await gate.reached;
    const { counts, mended } = await scans.scan(fleet, { mode: 'enforce' });
    expect(counts).toEqual({ aligned: 0, drifted: 0, failed: 0, unobserved: 2 });
    expect(mended.machines).toEqual([]);
    expect(await scans.drift(fleet)).toMatchObject([{ reason: 'a rollout owns it' }, {}]);
    gate.open();
    expect((await rollout.result()).outcome).toBe('succeeded');
  });

  it('gives way to a rollout that wants the machine which it mends', async () => {
    const fleet = await scans.up(web(2));
    await scans.scan(fleet);
    for (const name of ['web-1', 'web-2']) spoil(name, 'file:/a');
    const gate = new Gate();
    const { behaviour } = lab.site.vm('web-1').target;
    behaviour.beforeStep = () => gate.pass();
    behaviour.onEnd = () => gate.open();
    const scan = await scans.start(fleet, { mode: 'enforce' });
    await gate.reached;
    const rollout = await lab.up({ ...fleet, version: '2' }, {}, { busy: 20_000 });
    const { mended } = (await scan.result()) as ReconcileReport;
    expect(mended).toMatchObject({
      machines: [{ machine: 'web-1', outcome: 'stopped' }],
      left: 'a rollout owns the environment',
    });
    expect((await rollout.result()).counts).toEqual({ applied: 2 });
  });

  it('goes on behind the machines that were looked at when its worker dies', async () => {
    const fleet = await scans.up(web(5));
    const gate = new Gate();
    let looks = 0;
    for (const n of [1, 2, 3, 4, 5])
      lab.site.vm(`web-${n}`).target.behaviour.beforeLook = async () => {
        looks++;
        if (n === 3) await gate.pass();
      };
    const scan = await scans.start(fleet);
    await gate.reached;
    await scans.hasSaid(2);
    gate.open();
    await lab.stopWorkers();
    await lab.startWorkers();
    expect(((await scan.result()) as ReconcileReport).counts.aligned).toBe(5);
    expect(looks).toBeLessThanOrEqual(6);
  });

  /** Carries out `admitMend` and then what a test adds to it. */
  async function admitting(then: (attempt: number) => Promise<void>): Promise<void> {
    let attempts = 0;
    const { admitMend } = createControlActivities(
      lab.record.deps(lab.site.store, async () => ({ running: false })),
    );
    lab.instead = {
      admitMend: async (input) => {
        const admitted = await admitMend(input);
        await then(++attempts);
        return admitted;
      },
    };
    await lab.stopWorkers();
    await lab.startWorkers();
  }
  async function hasHeardOfCancel(scan: WorkflowHandle): Promise<boolean> {
    const types = (await lab.events(scan)).map(({ eventType }) => eventType);
    const asked = types.indexOf(CANCEL_REQUESTED);
    return asked >= 0 && types.lastIndexOf(TASK_COMPLETED) > asked;
  }
  const endsOfMends = () =>
    [...lab.record.changes.values()]
      .filter(({ verb }) => verb === 'reconcile')
      .map(({ id }) => lab.record.ended.get(id));

  it('ends the change that it has begun also where it is cancelled while it begins it', async () => {
    const fleet = await scans.up(web(1));
    await scans.scan(fleet);
    spoil('web-1');
    const gate = new Gate();
    await admitting(() => gate.pass());
    const scan = await scans.start(fleet, { mode: 'enforce' });
    await gate.reached;
    await scan.cancel();
    await expect.poll(() => hasHeardOfCancel(scan), { timeout: 20_000 }).toBe(true);
    gate.open();
    await expect(scan.result()).rejects.toThrow('cancelled');
    expect(endsOfMends()).toEqual(['cancelled']);
  });

  it('ends the change that it has begun also where the answer was lost and nothing is left to mend', async () => {
    const fleet = await scans.up(web(1));
    await scans.scan(fleet);
    spoil('web-1');
    await admitting(async (attempt) => {
      if (attempt > 1) return;
      await lab.record.real?.forget({ ...fleet.environment, machine: 'web-1' });
      throw new Error('the answer is lost');
    });
    const { mended } = await scans.scan(fleet, { mode: 'enforce' });
    expect(mended.machines).toEqual([]);
    expect(endsOfMends()).toEqual(['stopped']);
  });

  it('mends nothing during a freeze', async () => {
    const freeze = {
      from: '2020-01-01',
      to: '2999-01-01',
      zone: 'UTC',
      because: 'holidays',
      atStart: 'pause',
    } as const;
    const fleet = await scans.up(web(1));
    await scans.scan(fleet);
    spoil('web-1');
    await scans.inForce(fleet, { freezes: [freeze] });
    const { counts, mended } = await scans.scan(fleet, { mode: 'enforce' });
    expect(counts.drifted).toBe(1);
    expect(mended).toEqual({ machines: [], refused: [], left: expect.stringContaining('holidays') });
  });

  it('mends nothing during a freeze of the policy, nor while that cannot be read', async () => {
    const fleet = await scans.up(web(1));
    await scans.scan(fleet);
    spoil('web-1');
    const text =
      'version: 1\napprovers: {}\nfreezes: [{from: 2020-01-01, to: 2999-01-01, zone: UTC, because: holidays}]\n';
    let broken = false;
    lab.policy = async () => ({
      ...{
        policy: parsePolicy(broken ? 'no policy' : text, 'policy.yaml'),
        digest: 'a',
        file: 'policy.yaml',
      },
    });
    await lab.stopWorkers();
    await lab.startWorkers();
    const frozen = await scans.scan(fleet, { mode: 'enforce' });
    expect(frozen.mended).toEqual({ machines: [], refused: [], left: expect.stringContaining('holidays') });
    broken = true;
    const unread = await scans.scan(fleet, { mode: 'enforce' });
    expect(unread.mended).toMatchObject({ machines: [], left: expect.stringContaining('policy') });
  });

  it('is as good when a person asked for it: what check finds is known, too', async () => {
    const fleet = await scans.up(web(2));
    spoil('web-2');
    await scans.check(fleet);
    expect(await scans.drift(fleet)).toMatchObject([
      { machine: 'web-1', state: 'aligned' },
      { machine: 'web-2', state: 'drifted', steps: [{ step: 'file:/b' }] },
    ]);
  });

  it('is started by a schedule of Temporal', async () => {
    const fleet = await scans.up(web(1));
    spoil('web-1');
    await scans.scheduled(fleet, async (handle) => {
      await handle.trigger();
      await expect.poll(() => scans.drifted(fleet), { timeout: 30_000 }).toHaveLength(1);
    });
  });
});
