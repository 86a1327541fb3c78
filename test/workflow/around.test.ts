import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Around, MachineOutcome } from '../../src/model/index.js';
import { Lab } from '../support/lab.js';
import type { SimFleet, SimGroup } from '../support/sim-fleet.js';

const by = 'tester';
const step = { at: 'lb-1', site: 'main', settleMs: 0, timeoutMs: 5_000 };
const around: Around = { drain: { ...step, run: 'drain' }, restore: { ...step, run: 'restore' } };

let lab: Lab;
/** What happened, in order. */
let told: string[];
beforeAll(async () => {
  lab = await Lab.open();
});
afterAll(() => lab?.close());
beforeEach(() => lab.fresh());

describe('a machine that is taken out of use around its change', () => {
  const fleetOf = (web: Partial<SimGroup> = {}): SimFleet =>
    lab.fleet([
      { group: 'lb', count: 1, verify: ['command:balances'] },
      { group: 'web', count: 1, after: ['lb'], verify: ['command:answers'], around, ...web },
    ]);
  const finished = async (fleet: SimFleet) => (await lab.up(fleet)).result();
  const outcome = (machine = 'web-1') => lab.record.last(machine)?.outcome as MachineOutcome;
  const phase = (name: string) => outcome().phases.find((one) => one.phase === name);

  /** A fleet that is in use, and everybody who acts on it tells so. */
  async function inUse(web: Partial<SimGroup> = {}): Promise<SimFleet> {
    const fleet = fleetOf(web);
    await finished(fleet);
    told = [];
    lab.site.vm('lb-1').target.behaviour.command = async (run, vars) => {
      told.push(`${run} ${vars[0]?.slice('MACHINE='.length)}`);
      return {};
    };
    lab.site.vm('web-1').target.behaviour.beforeStep = async (id) => void told.push(id);
    return fleet;
  }
  const next = (fleet: SimFleet): SimFleet => ({ ...fleet, version: '2' });

  it('is not while it is being created: nothing uses it yet', async () => {
    await inUse();
    expect(phase('drain')).toEqual({ phase: 'drain', state: 'not needed', reason: 'it is not in use yet' });
    expect(phase('undrain')).toMatchObject({ state: 'not needed', reason: 'it was not taken out of use' });
  });

  it('is before its first step, and put back after its verification', async () => {
    await finished(next(await inUse()));
    expect(told).toEqual(['drain web-1', 'file:/a', 'file:/b', 'restore web-1']);
    expect(outcome()).toMatchObject({ outcome: 'applied' });
    expect(outcome().drained).toBeUndefined();
    expect(lab.record.last('web-1')).toMatchObject({
      drained: null,
      evidence: { drain: expect.any(String), restore: expect.any(String) },
    });
    expect(outcome().phases.map((one) => one.phase)).toEqual([
      ...['look', 'drain', 'create', 'boot', 'ready', 'provision', 'verify', 'undrain'],
    ]);
  });

  it('is not while it is as it should be', async () => {
    const fleet = await inUse();
    const result = await finished(fleet);
    expect(result.counts).toEqual({ aligned: 2 });
    expect(told).toEqual([]);
  });

  it('is not where what it would be taken out of was never verified', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1, around }]);
    await finished(fleet);
    await finished(next(fleet));
    expect(phase('drain')).toMatchObject({ state: 'not needed', reason: 'lb-1 was never verified' });
    expect(outcome()).toMatchObject({ outcome: 'applied' });
  });

  it('stays so when it fails, and is put back by the run that finds it as it should be', async () => {
    const fleet = await inUse();
    const { wrong } = lab.site.vm('web-1').target.behaviour;
    wrong.add('command:answers');
    const result = await finished(next(fleet));
    expect(result.machines.at(-1)).toMatchObject({ outcome: 'failed', phase: 'verify', drained: 'lb-1' });
    expect(lab.record.last('web-1')).toMatchObject({ drained: 'lb-1' });
    expect(told).toEqual(['drain web-1', 'file:/a', 'file:/b']);
    wrong.clear();
    expect((await finished(next(fleet))).counts).toEqual({ aligned: 2 });
    expect(told.slice(3)).toEqual(['restore web-1']);
    expect(outcome()).toMatchObject({ outcome: 'aligned' });
    expect(phase('undrain')).toMatchObject({ state: 'done', reason: 'at lb-1' });
    expect(lab.record.last('web-1')?.drained).toBeNull();
  });

  it('stays so, too, when the next run cannot even drain it again', async () => {
    const fleet = await inUse();
    lab.site.vm('web-1').target.behaviour.wrong.add('command:answers');
    await finished(next(fleet));
    const { behaviour } = lab.site.vm('lb-1').target;
    const say = behaviour.command;
    behaviour.command = async (run, vars) => {
      await say?.(run, vars);
      return { code: run === 'drain' ? 1 : 0 };
    };
    await finished({ ...fleet, version: '3' });
    expect(outcome()).toMatchObject({ outcome: 'failed', phase: 'drain', drained: 'lb-1' });
    expect(told.slice(3)).toEqual(['drain web-1']);
  });

  it('is put back by the rollback that verified it', async () => {
    const fleet = await inUse({ onFailure: 'rollback' });
    lab.site.vm('web-1').target.behaviour.beforeStep = undefined;
    const rollout = await lab.up(next({ ...fleet, groups: broken(fleet) }));
    expect(await rollout.result()).toMatchObject({ outcome: 'rolled-back-verified' });
    expect(told).toEqual(['drain web-1', 'drain web-1', 'restore web-1']);
    expect(outcome().drained).toBeUndefined();
  });

  it('fails untouched where it cannot be taken out, is put back, and ends its batch', async () => {
    const fleet = await inUse({ count: 2, maxParallel: 1 });
    const { behaviour } = lab.site.vm('lb-1').target;
    const say = behaviour.command;
    behaviour.command = async (run, vars) => {
      await say?.(run, vars);
      return run === 'drain' ? { code: 1, stderr: 'no such backend\n' } : {};
    };
    const result = await finished(next(fleet));
    expect(result.counts).toMatchObject({ failed: 1, skipped: 1 });
    expect(outcome()).toMatchObject({
      ...{ outcome: 'failed', phase: 'drain' },
      failure: {
        ...{ code: 'MW-AROUND-DRAIN', cause: 'machine', detail: ['no such backend'] },
        ...{ message: 'drain of web-1 at lb-1 ended with 1', evidence: expect.any(String) },
      },
      undo: [{ what: 'put web-1 back into use', done: true }],
    });
    expect(outcome().drained).toBeUndefined();
    expect(told).toEqual(['drain web-1', 'restore web-1']);
  });

  it('is a failure of the machine, too, where nobody reaches what it is taken out of', async () => {
    const fleet = await inUse();
    lab.site.vm('lb-1').target.behaviour.reachable = false;
    const result = await finished({ ...next(fleet), groups: fleet.groups.slice(1).map(alone) });
    expect(result.machines[0]).toMatchObject({
      outcome: 'failed',
      failure: { code: 'MW-AROUND-DRAIN', cause: 'machine', message: expect.stringContaining('refused') },
      drained: 'lb-1',
    });
  });

  it('is put back at once when a stop comes before anything has changed', async () => {
    const slow = { ...around, drain: { ...around.drain, settleMs: 600_000 } };
    const fleet = await inUse({ around: slow });
    const rollout = await lab.up(next(fleet));
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['drain web-1']);
    expect(lab.record.last('web-1')).toMatchObject({ drained: 'lb-1', outcome: { outcome: 'running' } });
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
    expect(told).toEqual(['drain web-1', 'restore web-1']);
    expect(outcome()).toMatchObject({ outcome: 'stopped', phase: 'drain' });
    expect(outcome().drained).toBeUndefined();
  });

  it('is taken out once, though every worker dies while its connections settle', async () => {
    const slow = { ...around, drain: { ...around.drain, settleMs: 3_000 } };
    const rollout = await lab.up(next(await inUse({ around: slow })));
    await expect.poll(() => told, { timeout: 20_000 }).toEqual(['drain web-1']);
    await lab.stopWorkers();
    await lab.startWorkers();
    expect((await rollout.result()).outcome).toBe('succeeded');
    expect(told).toEqual(['drain web-1', 'file:/a', 'file:/b', 'restore web-1']);
  });

  it('is failed and named as out of use where it cannot be put back, though it is well', async () => {
    const fleet = await inUse();
    lab.site.vm('lb-1').target.behaviour.command = async (run) => ({ code: run === 'restore' ? 3 : 0 });
    await finished(next(fleet));
    expect(outcome()).toMatchObject({
      ...{ outcome: 'failed', phase: 'undrain', drained: 'lb-1' },
      failure: { code: 'MW-AROUND-RESTORE', message: 'restore of web-1 at lb-1 ended with 3' },
    });
    expect(lab.record.last('web-1')?.verified).toBe(lab.site.vm('web-1').target.head?.bundle);
  });
});

describe('a machine that is removed, of a group with around', () => {
  const lb: SimGroup = { group: 'lb', count: 1, verify: ['command:balances'] };
  const web: SimGroup = { group: 'web', count: 2, after: ['lb'], verify: ['command:answers'], around };
  const outcome = () => lab.record.last('web-2')?.outcome as MachineOutcome;
  const drained = (more: object) => expect.objectContaining({ phase: 'drain', ...more });

  /** Two of web in use behind lb-1, and everybody who acts on them tells so. */
  async function inUse(groups: readonly SimGroup[] = [lb, web]): Promise<SimFleet> {
    const fleet = lab.fleet(groups);
    await (await lab.up(fleet)).result();
    told = [];
    lab.site.onDestroy = async (machine) => void told.push(`destroy ${machine}`);
    if (groups.includes(lb))
      lab.site.vm('lb-1').target.behaviour.command = async (run, vars) => {
        told.push([run, ...vars.map((one) => one.replace(/^.*=/, ''))].join(' '));
        return {};
      };
    return fleet;
  }
  /** Without web-2. */
  const smaller = (fleet: SimFleet, removed = ['web-2'], groups = [lb, web]): SimFleet => ({
    ...fleet,
    groups: groups.map((group) => (group === web ? { ...web, count: 1 } : group)),
    removed,
  });
  const removing = (fleet: SimFleet) => lab.up(fleet, { allowDestroy: true });

  it('is drained before it is destroyed, and then nobody lists it as out of use', async () => {
    const fleet = await inUse();
    const { info } = lab.site.vm('web-2');
    lab.site.vm('web-2').info = { ...info, addresses: { lan: '10.0.0.2' } };
    const result = await (await removing(smaller(fleet))).result();
    expect(told).toEqual(['drain web-2 10.0.0.2', 'destroy web-2']);
    expect(result.counts).toEqual({ aligned: 2, destroyed: 1 });
    expect(outcome()).toMatchObject({ outcome: 'destroyed', phases: [{}, drained({ state: 'done' }), {}] });
    expect(outcome().drained).toBeUndefined();
    expect(lab.record.last('web-2')).toMatchObject({ instance: null, drained: null });
  });

  it('is drained though it is down', async () => {
    const fleet = await inUse();
    lab.site.powerOff('web-2');
    await (await removing(smaller(fleet))).result();
    expect(told.map((one) => one.trim())).toEqual(['drain web-2', 'destroy web-2']);
  });

  it('stays where it cannot be taken out, says so, is put back, and goes with the next run', async () => {
    const fleet = await inUse();
    const { behaviour } = lab.site.vm('lb-1').target;
    const say = behaviour.command;
    behaviour.command = async (run, vars) => {
      await say?.(run, vars);
      return { code: run === 'drain' ? 1 : 0 };
    };
    const result = await (await removing(smaller(fleet))).result();
    expect(result.outcome).toBe('failed');
    expect(outcome()).toMatchObject({
      ...{ outcome: 'failed', phase: 'drain' },
      failure: { code: 'MW-AROUND-DRAIN', message: 'drain of web-2 at lb-1 ended with 1' },
      undo: [{ what: 'put web-2 back into use', done: true }],
    });
    expect(told.map((one) => one.trim())).toEqual(['drain web-2', 'restore web-2']);
    behaviour.command = say;
    expect((await (await removing(smaller(fleet))).result()).counts).toMatchObject({ destroyed: 1 });
    expect(told.slice(2).map((one) => one.trim())).toEqual(['drain web-2', 'destroy web-2']);
  });

  it('is put back when a stop comes before it is destroyed', async () => {
    const slow = { ...around, drain: { ...around.drain, settleMs: 600_000 } };
    const fleet = await inUse([lb, { ...web, around: slow }]);
    const rollout = await removing(smaller(fleet, ['web-2'], [lb, { ...web, count: 1, around: slow }]));
    await expect.poll(() => told.length, { timeout: 20_000 }).toBe(1);
    expect(lab.record.last('web-2')).toMatchObject({ drained: 'lb-1', outcome: { outcome: 'running' } });
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
    expect(told.map((one) => one.trim())).toEqual(['drain web-2', 'restore web-2']);
    expect(outcome()).toMatchObject({ outcome: 'stopped', phase: 'drain' });
    expect(lab.record.last('web-2')?.drained).toBeNull();
  });

  it('is not drained where what it would be taken out of was never verified', async () => {
    const fleet = await inUse([web]);
    await (await removing(smaller(fleet, ['web-2'], [web]))).result();
    expect(outcome().phases).toContainEqual(
      drained({ state: 'not needed', reason: 'lb-1 was never verified' }),
    );
    expect(told).toEqual(['destroy web-2']);
  });

  it('is not drained where what it would be taken out of goes, too', async () => {
    const fleet = await inUse();
    await (await removing({ ...smaller(fleet, ['web-2', 'lb-1'], [web]) })).result();
    expect(outcome().phases).toContainEqual(drained({ state: 'not needed', reason: 'lb-1 is removed, too' }));
    expect([...told].sort()).toEqual(['destroy lb-1', 'destroy web-2']);
  });

  it('is not drained where it is not there', async () => {
    const fleet = await inUse();
    lab.site.vms.delete(lab.site.vm('web-2').info.instance);
    const result = await (await removing(smaller(fleet))).result();
    expect(result.counts).toMatchObject({ destroyed: 1 });
    expect(outcome().phases).toContainEqual(drained({ state: 'not needed', reason: 'it is not there' }));
    expect(told).not.toContainEqual(expect.stringContaining('drain'));
  });

  it('is not drained by a destroy, which takes everything away', async () => {
    const fleet = await inUse();
    const all = { ...fleet, groups: [], removed: ['web-2', 'web-1', 'lb-1'] };
    const rollout = await lab.up(all, { verb: 'destroy', allowDestroy: true });
    expect((await rollout.result()).counts).toEqual({ destroyed: 3 });
    expect([...told].sort()).toEqual(['destroy lb-1', 'destroy web-1', 'destroy web-2']);
    expect(outcome().phases.map(({ phase }) => phase)).toEqual(['look', 'destroy']);
  });
});

const broken = ({ groups }: SimFleet): readonly SimGroup[] =>
  groups.map((group) =>
    group.group === 'web' ? { ...group, steps: ['file:/a', { id: 'file:/b', fails: 'dirty' }] } : group,
  );

const alone = (group: SimGroup): SimGroup => ({ ...group, after: [] });
