import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operation } from '../../src/activities/types.js';
import { MillwrightError, workflowId } from '../../src/model/index.js';
import type {
  AdoptReport,
  OperateMachine,
  OperateProgress,
  OperateReport,
  SweepResult,
} from '../../src/workflows/operateTypes.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { by, Operations } from '../support/operations.js';
import type { SimFleet } from '../support/sim-fleet.js';

const off: Operation = { kind: 'power', order: 'off' };
const reset: Operation = { kind: 'power', order: 'reset' };
const hold: Operation = { kind: 'hold', reason: 'debugging', by, until: '2036-01-01T00:00:00.000Z' };
const lost = () =>
  new MillwrightError({ code: 'MW-QMP-LOST', cause: 'infrastructure', message: 'no answer' }, true);

let lab: Lab;
let operations: Operations;
beforeAll(async () => {
  lab = await Lab.open();
  operations = new Operations(lab);
});
afterAll(() => lab?.close());
beforeEach(() => lab.fresh());

const made: Operations['made'] = (count) => operations.made(count);
const start: Operations['start'] = (...args) => operations.start(...args);

const result = async (handle: WorkflowHandle): Promise<OperateReport> =>
  (await handle.result()) as OperateReport;

describe('an operation', () => {
  it('is done on one machine after another, and says how it went on each', async () => {
    const { fleet, machines } = await made(2);
    const report = await result(await start(fleet, machines, off));
    expect(report.machines.map((one) => one.result?.instance?.power)).toEqual(['off', 'off']);
    expect(lab.site.vm('web-2').info.power).toBe('off');
  });

  it('goes on with the other machines where one fails', async () => {
    const { fleet, machines } = await made(2);
    lab.site.vms.delete(machines[0]?.instance ?? '');
    const report = await result(await start(fleet, machines, off));
    expect(report.machines[0]?.failure).toMatchObject({ code: 'MW-MACHINE-GONE' });
    expect(report.machines[1]?.result?.instance?.power).toBe('off');
  });

  it('that names a state is tried again when its answer is lost', async () => {
    const { fleet, machines } = await made(1);
    let tries = 0;
    lab.site.powerOff('web-1');
    lab.site.vm('web-1').target.reboot = () => {
      if (++tries === 1) throw lost();
    };
    const report = await result(await start(fleet, machines, { kind: 'power', order: 'on' }));
    expect([tries, report.machines[0]?.failure]).toEqual([2, undefined]);
  });

  it('that is an event is never done twice: a lost answer is told', async () => {
    const { fleet, machines } = await made(1);
    let tries = 0;
    lab.site.vm('web-1').target.reboot = () => {
      tries++;
      throw lost();
    };
    const report = await result(await start(fleet, machines, reset));
    expect([tries, report.machines[0]?.failure?.code]).toEqual([1, 'MW-QMP-LOST']);
  });

  it('tells whoever asks how far it is', async () => {
    const { fleet, machines } = await made(2);
    const handle = await start(fleet, machines, { kind: 'snapshots' });
    await handle.result();
    const progress = await handle.query<OperateProgress>('progress');
    expect([progress.total, progress.done.map((one) => one.machine)]).toEqual([2, ['web-1', 'web-2']]);
  });
});

describe('an operation beside a run that works on the same machine', () => {
  /** A second run that stands still in the middle of web-1. */
  async function standing(): Promise<{
    fleet: SimFleet;
    machines: OperateMachine[];
    gate: Gate;
    ended: Promise<unknown>;
  }> {
    const { fleet, machines } = await made(1);
    const gate = new Gate();
    lab.site.vm('web-1').target.behaviour.beforeStep = () => gate.pass();
    const rollout = await lab.up({ ...fleet, version: '2' });
    await gate.reached;
    return { fleet, machines, gate, ended: rollout.result() };
  }

  it('is refused where it would disturb it, and names who runs what', async () => {
    const { fleet, machines, gate, ended } = await standing();
    const orders: Operation[] = [off, { kind: 'snapshot', order: 'restore', name: 'a' }];
    for (const operation of orders) {
      const report = await result(await start(fleet, machines, operation));
      expect(report.machines[0]?.failure).toMatchObject({
        code: 'MW-BUSY',
        message: expect.stringMatching(/^web-1 is busy: tester runs 01SIM\d+ on it$/),
      });
    }
    expect(lab.site.vm('web-1').info.power).toBe('on');
    gate.open();
    await ended;
  });

  it('is done where it only looks or holds', async () => {
    const { fleet, machines, gate, ended } = await standing();
    for (const operation of [hold, { kind: 'console', bytes: 100 }, { kind: 'snapshots' }] as Operation[]) {
      const report = await result(await start(fleet, machines, operation));
      expect([operation.kind, report.machines[0]?.failure]).toEqual([operation.kind, undefined]);
    }
    gate.open();
    await ended;
  });

  it('keeps a run from the machine until it has ended', async () => {
    const { fleet, machines } = await made(1);
    const gate = new Gate();
    const { snapshots } = lab.site.vm('web-1');
    lab.site.onReady = () => gate.pass();
    snapshots.set('a', {
      info: { name: 'a', at: '2026-01-01T00:00:00Z', sizeBytes: 1, memory: true },
      ...{ power: 'on', disk: lab.site.vm('web-1').target.disk.copy() },
    });
    const operation = await start(fleet, machines, { kind: 'snapshot', order: 'restore', name: 'a' });
    await gate.reached;
    const rollout = await lab.up({ ...fleet, version: '2' }, {}, { busy: 0 });
    const { machines: outcomes } = await rollout.result();
    expect(outcomes).toMatchObject([
      { outcome: 'owed', reason: expect.stringMatching(/^busy: .* by tester$/) },
    ]);
    gate.open();
    expect((await result(operation)).machines[0]?.failure).toBeUndefined();
  });
});

describe('hold and release', () => {
  it('are written to the record as the machine itself answered', async () => {
    const { fleet, machines } = await made(1);
    const id = `${fleet.environment.fleetUid}/dev/web-1`;
    await result(await start(fleet, machines, hold));
    expect(lab.record.holds.get(id)).toEqual({ reason: 'debugging', by, until: '2036-01-01T00:00:00.000Z' });
    await result(await start(fleet, machines, { kind: 'release' }));
    expect(lab.record.holds.get(id)).toBeNull();
  });

  it('keep a run off the machine and let it come again', async () => {
    const { fleet, machines } = await made(1);
    await result(await start(fleet, machines, hold));
    const held = await (await lab.up({ ...fleet, version: '2' })).result();
    expect(held.counts).toEqual({ owed: 1 });
    await result(await start(fleet, machines, { kind: 'release' }));
    const free = await (await lab.up({ ...fleet, version: '3' })).result();
    expect(free.counts).toEqual({ applied: 1 });
  });
});

describe('a sweep', () => {
  const sweep = async (fleet: SimFleet, remove: readonly string[] = []): Promise<SweepResult> =>
    (await (await operations.sweep(fleet, remove)).result()) as SweepResult;
  const unrecord: Operations['unrecord'] = (machine) => operations.unrecord(machine);

  it('tells owned, orphan, foreign and missing apart', async () => {
    const { fleet, machines } = await made(3);
    const other = await made(1);
    unrecord('web-2');
    lab.site.vms.delete(machines[2]?.instance ?? '');
    const report = await sweep(fleet);
    expect(report.owned).toEqual([machines[0]?.instance]);
    expect(report.orphans).toMatchObject([{ machine: 'web-2', removed: false }]);
    expect(report.missing).toEqual([machines[2]?.instance]);
    expect(report.foreign).toEqual([other.machines[0]?.instance]);
  });

  it('spares what was forgotten, and what is being made right now', async () => {
    const { fleet, machines } = await made(2);
    lab.record.given.add(`${fleet.environment.fleetUid}/dev/web-1`);
    unrecord('web-2');
    const gate = new Gate();
    lab.site.onCreate = async (machine, moment) => {
      if (machine === 'web-3' && moment === 'made') await gate.pass();
    };
    const rollout = await lab.up({ ...fleet, groups: [{ group: 'web', count: 3 }] }, {}, {});
    await gate.reached;
    const report = await sweep(fleet);
    expect(report.spared).toEqual([machines[0]?.instance]);
    expect(report.busy).toContain('web-3');
    expect(report.orphans.map((one) => one.machine)).not.toContain('web-3');
    gate.open();
    await rollout.result();
  });

  it('destroys only what was named, and only while it is an orphan', async () => {
    const { fleet, machines } = await made(3);
    const [owned = '', orphan = '', second = ''] = machines.map((one) => one.instance);
    unrecord('web-2');
    unrecord('web-3');
    const report = await sweep(fleet, [owned, orphan]);
    expect(report.orphans.map((one) => [one.instance, one.removed])).toEqual([
      [orphan, true],
      [second, false],
    ]);
    expect([...lab.site.vms.keys()].sort()).toEqual([owned, second]);
  });

  it('removes nothing while a rollout of the environment runs', async () => {
    const { fleet, machines } = await made(1);
    unrecord('web-1');
    const gate = new Gate();
    lab.site.onCreate = (machine) => (machine === 'db-1' ? gate.pass() : Promise.resolve());
    const rollout = await lab.up({ ...fleet, groups: [{ group: 'db', count: 1 }] });
    await gate.reached;
    await expect(sweep(fleet, [machines[0]?.instance ?? ''])).rejects.toMatchObject({
      cause: { type: 'MW-BUSY' },
    });
    expect(lab.site.vms.has(machines[0]?.instance ?? '')).toBe(true);
    gate.open();
    await rollout.result();
  });
});

describe('forget and adopt', () => {
  const forget: Operations['forget'] = (...args) => operations.forget(...args);
  const adopt = async (fleet: SimFleet, instance: string): Promise<AdoptReport> =>
    (await (await operations.adopt(fleet, instance)).result()) as AdoptReport;

  it('forget gives a machine up and leaves it as it is', async () => {
    const { fleet } = await made(1);
    await (await forget(fleet, 'web-1')).result();
    expect([...lab.record.given]).toEqual([`${fleet.environment.fleetUid}/dev/web-1`]);
    expect(lab.site.vm('web-1').info.power).toBe('on');
  });

  it('forget is refused while a run works on the machine', async () => {
    const { fleet } = await made(1);
    const gate = new Gate();
    lab.site.vm('web-1').target.behaviour.beforeStep = () => gate.pass();
    const rollout = await lab.up({ ...fleet, version: '2' });
    await gate.reached;
    await expect(forget(fleet, 'web-1')).rejects.toMatchObject({
      name: 'WorkflowExecutionAlreadyStartedError',
    });
    gate.open();
    await rollout.result();
  });

  it('adopt reads assigned and verified back from the machine, and changes nothing on it', async () => {
    const { fleet, machines } = await made(1);
    const before = lab.record.last('web-1');
    const { acted } = lab.site.vm('web-1').target;
    const deeds = [...acted];
    const report = await adopt(fleet, machines[0]?.instance ?? '');
    expect(report.look?.aligned).toBe(true);
    expect(lab.record.last('web-1')).toMatchObject({
      ...{ assigned: before?.assigned, verified: before?.verified },
      instance: { instance: machines[0]?.instance },
      outcome: { outcome: 'aligned' },
    });
    expect(lab.site.vm('web-1').target.acted).toEqual(deeds);
  });

  it('adopt takes a machine that differs as owed, and says what differs', async () => {
    const { fleet, machines } = await made(1);
    const report = await adopt({ ...fleet, version: '2' }, machines[0]?.instance ?? '');
    expect(report.look?.aligned).toBe(false);
    expect(lab.record.last('web-1')?.outcome).toMatchObject({ outcome: 'owed' });
  });

  it('adopt takes nothing over where another instance stands', async () => {
    const { fleet } = await made(1);
    const entries = lab.record.entries.length;
    const report = await adopt(fleet, `${fleet.environment.fleetUid}/dev/web-1@01OTHER`);
    expect(report.failure).toMatchObject({ code: 'MW-MACHINE-OTHER' });
    expect(lab.record.entries.length).toBe(entries);
  });

  it('runs under the id of the machine, so that its whole life is found there', async () => {
    const { fleet } = await made(1);
    const handle = await forget(fleet, 'web-1');
    expect(handle.workflowId).toBe(workflowId.machine({ ...fleet.environment, machine: 'web-1' }));
    await handle.result();
  });
});
