import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';

describe('a rollout', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  it('creates, proves, provisions and verifies machines, group after group', async () => {
    const fleet = lab.fleet([
      { group: 'db', count: 1 },
      { group: 'web', count: 2, after: ['db'] },
    ]);
    const result = await (await lab.up(fleet)).result();
    expect(result).toMatchObject({ run: 1, outcome: 'succeeded', counts: { applied: 3 } });
    expect(lab.site.ledger[0]).toBe('create db-1');
    expect(lab.site.ledger.slice(1).sort()).toEqual(['create web-1', 'create web-2']);
    expect(lab.record.ended.get(result.changeId)).toBe('succeeded');
    expect(lab.site.vm('web-2').target.acted).toEqual(['file:/a', 'file:/b']);
  });

  it('changes nothing when it runs again', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 3 }]);
    await (await lab.up(fleet)).result();
    const again = await (await lab.up(fleet)).result();
    expect(again).toMatchObject({ run: 2, outcome: 'succeeded', counts: { aligned: 3 } });
    expect(lab.site.ledger).toHaveLength(3);
    expect(lab.site.vm('web-1').target.acted).toHaveLength(2);
    expect(lab.site.vm('web-1').target.runs.size).toBe(1);
  });

  it('of some steps alone applies those, claims no verification, and leaves the rest to the next run', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1, verify: ['command:answers'] }]);
    const part = await (await lab.up(fleet, { steps: ['file:/b'] })).result();
    expect(part).toMatchObject({
      counts: { owed: 1 },
      machines: [{ outcome: 'owed', reason: expect.stringMatching(/^only file:\/b: the rest/) }],
    });
    expect(lab.site.vm('web-1').target.acted).toEqual(['file:/b']);
    expect(lab.record.last('web-1')?.verified).toBeUndefined();
    const rest = await (await lab.up(fleet)).result();
    expect(rest).toMatchObject({ outcome: 'succeeded', counts: { applied: 1 } });
    expect(lab.site.vm('web-1').target.acted).toEqual(['file:/b', 'file:/a']);
  });

  it('works on groups side by side where neither comes after the other', async () => {
    const gate = new Gate();
    const both = new Set<string>();
    lab.site.onCreate = async (machine, moment, signal) => {
      if (moment === 'made') return;
      both.add(machine);
      if (both.size === 2) gate.open();
      await gate.pass(signal);
    };
    const result = await (
      await lab.up(
        lab.fleet([
          { group: 'a', count: 1 },
          { group: 'b', count: 1 },
        ]),
      )
    ).result();
    expect(result.outcome).toBe('succeeded');
  });

  it('never works on more machines of a group than maxParallel', async () => {
    let active = 0;
    let most = 0;
    lab.site.onCreate = async (_machine, moment) => {
      if (moment === 'begin') most = Math.max(most, ++active);
    };
    lab.site.onMade = (_machine, target) => {
      target.behaviour.beforeStep = async (step) => void (step === 'file:/b' && active--);
    };
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 12, maxParallel: 3 }]))).result();
    expect(result.counts).toEqual({ applied: 12 });
    expect(most).toBe(3);
  });

  it('starts no further machine once one has failed, nor any group after it', async () => {
    lab.site.onMade = (machine, target) => {
      if (machine === 'web-2') target.behaviour.failing.add('file:/b');
    };
    const fleet = lab.fleet([
      { group: 'web', count: 4, maxParallel: 1 },
      { group: 'lb', count: 1, after: ['web'] },
    ]);
    const result = await (await lab.up(fleet)).result();
    expect(result).toMatchObject({ outcome: 'failed', counts: { applied: 1, failed: 1, skipped: 3 } });
    expect(result.machines.find((one) => one.machine === 'web-2')).toMatchObject({
      outcome: 'failed',
      phase: 'provision',
      failure: { code: 'MW-CHANGE-COMMAND', cause: 'change', step: 'file:/b' },
      counts: { changed: 1, failed: 1 },
    });
    expect(result.machines.find((one) => one.machine === 'lb-1')?.reason).toBe(
      'not started: group web failed',
    );
    expect(result.machines.find((one) => one.machine === 'web-3')?.reason).toBe('not started: web-2 failed');
    expect(lab.site.ledger).toEqual(['create web-1', 'create web-2']);
  });

  it('goes on where it stopped when it is run again', async () => {
    lab.site.onMade = (machine, target) => {
      if (machine === 'web-2') target.behaviour.failing.add('file:/b');
    };
    const fleet = lab.fleet([{ group: 'web', count: 3, maxParallel: 1 }]);
    await (await lab.up(fleet)).result();
    lab.site.vm('web-2').target.behaviour.failing.clear();
    const again = await (await lab.up(fleet)).result();
    expect(again.counts).toEqual({ aligned: 1, applied: 2 });
    expect(lab.site.ledger).toEqual(['create web-1', 'create web-2', 'create web-3']);
    expect(lab.site.vm('web-2').target.acted).toEqual(['file:/a', 'file:/b']);
  });

  it('leaves a machine as it is when it fails after its boot', async () => {
    lab.site.onMade = (_, target) => target.behaviour.wrong.add('command:answers');
    const fleet = lab.fleet([{ group: 'web', count: 1, verify: ['command:answers'] }]);
    const result = await (await lab.up(fleet)).result();
    expect(result.machines[0]).toMatchObject({
      outcome: 'failed',
      phase: 'verify',
      failure: { code: 'MW-VERIFY-FAILED', step: 'command:answers' },
    });
    expect(lab.site.ledger).toEqual(['create web-1']);
    expect(lab.record.last('web-1')).toMatchObject({ instance: { power: 'on' } });
    expect(lab.record.last('web-1')?.verified).toBeUndefined();
  });

  it('destroys what is no longer declared only where that is allowed', async () => {
    const two = lab.fleet([{ group: 'web', count: 2 }]);
    await (await lab.up(two)).result();
    const one = { ...two, groups: [{ group: 'web', count: 1 }], removed: ['web-2'] };
    const refused = await (await lab.up(one)).result();
    expect(refused).toMatchObject({ outcome: 'succeeded', counts: { aligned: 1, skipped: 1 } });
    expect(refused.machines.find(({ machine }) => machine === 'web-2')?.reason).toBe(
      'destroy refused without --allow-destroy',
    );
    const allowed = await (await lab.up(one, { allowDestroy: true })).result();
    expect(allowed.counts).toEqual({ aligned: 1, destroyed: 1 });
    expect(lab.site.ledger.at(-1)).toBe('destroy web-2');
    expect(lab.record.last('web-2')?.instance).toBeNull();
  });

  it('destroys an environment by a change of its own', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 2 }]);
    await (await lab.up(fleet)).result();
    const gone = { ...fleet, groups: [], removed: ['web-2', 'web-1'] };
    const result = await (await lab.up(gone, { verb: 'destroy', allowDestroy: true })).result();
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { destroyed: 2 } });
    expect(lab.site.vms.size).toBe(0);
  });

  it('ends failed, by name, when its plan cannot be read', async () => {
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 1 }]), { plan: 'f'.repeat(64) });
    expect(await rollout.result()).toMatchObject({
      outcome: 'failed',
      failure: { code: 'MW-STORE-MISSING' },
    });
  });

  it('shows groups, batches, machines and phases to whoever asks while it runs', async () => {
    const gate = new Gate();
    lab.site.onReady = (signal) => gate.pass(signal);
    const fleet = lab.fleet([{ group: 'web', count: 1 }]);
    const rollout = await lab.up(fleet);
    await gate.reached;
    const progress = await lab.progress(rollout);
    expect(progress.groups).toMatchObject([{ group: 'web', state: 'running', machines: 1 }]);
    const batch = lab.env.client.workflow.getHandle(progress.groups[0]?.batches[0] ?? '');
    expect(await batch.query('progress')).toMatchObject({ running: ['web-1'], waiting: 0, done: [] });
    expect(await lab.machine(fleet, 'web-1').query('progress')).toMatchObject({
      phases: [
        { phase: 'look', state: 'not needed' },
        { phase: 'create', state: 'done' },
        { phase: 'boot', state: 'not needed' },
        { phase: 'ready', state: 'running' },
      ],
    });
    gate.open();
    await rollout.result();
    expect((await lab.progress(rollout)).result?.outcome).toBe('succeeded');
  });
});
