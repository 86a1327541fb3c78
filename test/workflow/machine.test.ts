import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MillwrightError } from '../../src/model/index.js';
import { Lab } from '../support/lab.js';
import { planChange } from '../support/sim-fleet.js';

const { EventType } = temporal.api.enums.v1;

describe('a machine', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const one = () => lab.fleet([{ group: 'web', count: 1, verify: ['command:answers'] }]);

  async function count(handle: WorkflowHandle, type: keyof typeof EventType): Promise<number> {
    return (await lab.events(handle)).filter(({ eventType }) => eventType === EventType[type]).length;
  }

  it('costs four remote activities and two upserts from nothing to verified', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    const machine = lab.machine(fleet, 'web-1');
    expect(await count(machine, 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')).toBe(4);
    expect(await count(machine, 'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES')).toBe(2);
    expect(await count(machine, 'EVENT_TYPE_MARKER_RECORDED')).toBe(2);
  });

  it('costs three where there is nothing to verify, and the machine keeps its bundle as verified', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1 }]);
    const result = await (await lab.up(fleet)).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(await count(lab.machine(fleet, 'web-1'), 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')).toBe(3);
    const { verified, assigned } = lab.record.last('web-1') ?? {};
    expect(lab.site.vm('web-1').target.disk.verified).toMatchObject([{ bundle: verified }]);
    expect(verified).toBe(assigned);
  });

  it('costs one remote activity when the plan wants something that is there already', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    const { change, document } = await planChange(lab.site.store, lab.record, { ...fleet, version: '2' });
    await (await lab.start(change, document)).result();
    await (await lab.start(change, document)).result();
    const machine = lab.machine(fleet, 'web-1');
    expect(await count(machine, 'EVENT_TYPE_ACTIVITY_TASK_SCHEDULED')).toBe(1);
    expect(await count(machine, 'EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES')).toBe(1);
    expect(lab.record.last('web-1')?.outcome).toMatchObject({
      outcome: 'aligned',
      phases: [
        { phase: 'look', state: 'done', reason: 'aligned' },
        { phase: 'create', state: 'not needed', reason: 'aligned' },
        { phase: 'boot', state: 'not needed' },
        { phase: 'ready', state: 'not needed' },
        { phase: 'provision', state: 'not needed' },
        { phase: 'verify', state: 'not needed' },
      ],
    });
  });

  it('can be found by its search attributes', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    const { searchAttributes } = await lab.machine(fleet, 'web-1').describe();
    expect(searchAttributes).toMatchObject({
      MwFleet: ['shop'],
      MwEnvironment: ['dev'],
      MwMachine: ['web-1'],
      MwPhase: ['record'],
      MwOutcome: ['applied'],
    });
  });

  it('is one machine although the answer of its create was lost', async () => {
    let lost = false;
    lab.site.onCreate = async (_machine, moment) => {
      if (moment === 'begin' || lost) return;
      lost = true;
      throw new Error('socket hang up');
    };
    const result = await (await lab.up(one())).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });

  it('removes what an unfinished create has made, and says so', async () => {
    lab.site.onCreate = async (_machine, moment) => {
      if (moment === 'made') {
        throw new MillwrightError(
          { code: 'MW-QEMU-START', cause: 'machine', message: 'qemu exited 1' },
          false,
        );
      }
    };
    const result = await (await lab.up(one())).result();
    expect(result.machines[0]).toMatchObject({
      outcome: 'failed',
      phase: 'create',
      failure: { code: 'MW-QEMU-START' },
      undo: [{ what: 'destroy unfinished web-1', done: true }],
    });
    expect(lab.site.ledger).toEqual(['create web-1', 'destroy web-1']);
    expect(lab.record.last('web-1')).toMatchObject({
      instance: null,
      evidence: { console: expect.any(String) },
    });
  });

  it('reports an undo that fails beside the failure that asked for it', async () => {
    const broken = (code: `MW-${string}`) => {
      throw new MillwrightError({ code, cause: 'machine', message: code }, false);
    };
    lab.site.onCreate = async (_machine, moment) => void (moment === 'made' && broken('MW-QEMU-START'));
    lab.site.onDestroy = async () => broken('MW-QEMU-KILL');
    const result = await (await lab.up(one())).result();
    expect(result.machines[0]).toMatchObject({
      failure: { code: 'MW-QEMU-START' },
      undo: [{ done: false, failure: { code: 'MW-QEMU-KILL' } }],
    });
  });

  it('is recorded as soon as it exists', async () => {
    lab.site.onReady = async () => {
      expect(lab.record.last('web-1')).toMatchObject({
        outcome: { outcome: 'running' },
        instance: { power: 'on' },
      });
    };
    expect((await (await lab.up(one())).result()).outcome).toBe('succeeded');
  });

  it('is booted when it is off, and proved ready again', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.powerOff('web-1');
    const result = await (await lab.up(fleet)).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(lab.site.ledger).toEqual(['create web-1', 'start web-1']);
    expect(lab.site.vm('web-1').target.acted).toHaveLength(2);
  });

  it('is owed, not failed, when nobody reaches it', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.reachable = false;
    const result = await (await lab.up(fleet, {}, { silence: 100 })).result();
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { owed: 1 } });
    expect(result.machines[0]).toMatchObject({ phase: 'ready', failure: { cause: 'unreachable' } });
  });

  it('is owed while somebody holds it', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.hold = 'debugging';
    const result = await (await lab.up(fleet)).result();
    expect(result.machines[0]).toMatchObject({ outcome: 'owed', reason: 'web-1 is held: debugging' });
  });

  it('is never created anew without a plan that says so', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vms.clear();
    const result = await (await lab.up(fleet)).result();
    expect(result.machines[0]).toMatchObject({ outcome: 'failed', failure: { code: 'MW-MACHINE-GONE' } });
    expect(lab.site.ledger).toEqual(['create web-1']);
    expect((await (await lab.up(fleet)).result()).counts).toEqual({ applied: 1 });
  });

  it('is repaired when something on it differs', async () => {
    const fleet = one();
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.applied.delete('file:/b');
    const result = await (await lab.up(fleet)).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(result.machines[0]?.counts).toMatchObject({ ok: 1, changed: 1 });
  });

  it('is unproven when what it says of itself disagrees', async () => {
    lab.site.onMade = (_, target) => {
      target.behaviour.report = { systemd: 'degraded', failed: 'nginx.service' };
    };
    const result = await (await lab.up(one())).result();
    expect(result.machines[0]).toMatchObject({
      outcome: 'failed',
      phase: 'ready',
      failure: { code: 'MW-READY-UNPROVEN', message: 'unproven: systemd degraded: nginx.service' },
    });
    expect(lab.site.ledger).toEqual(['create web-1']);
  });

  it('goes on through connections that are cut while steps run', async () => {
    let cuts = 0;
    lab.site.onMade = (_, target) => {
      target.behaviour.beforeStep = async (step) => {
        if (step === 'file:/b' && cuts++ === 0) target.cut();
      };
    };
    const result = await (await lab.up(one())).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(lab.site.vm('web-1').target.acted).toEqual(['file:/a', 'file:/b']);
  });

  it('is unknown when contact is lost for good while a run is active', async () => {
    lab.site.onMade = (_, target) => {
      target.behaviour.beforeStep = async (step) => {
        if (step !== 'file:/b') return;
        target.behaviour.reachable = false;
        target.cut();
      };
    };
    const result = await (await lab.up(one())).result();
    expect(result).toMatchObject({ outcome: 'failed', counts: { unknown: 1 } });
    expect(result.machines[0]).toMatchObject({
      reason: 'unknown: a run may still be active',
      failure: { code: 'MW-RUN-UNKNOWN', cause: 'unreachable' },
    });
  });
});
