import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MillwrightError, type Strategy } from '../../src/model/index.js';
import { Lab, type Rollout } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet, SimGroup } from '../support/sim-fleet.js';

const by = 'tester';
const strategy = (more: Partial<Strategy>): Strategy => ({
  ...{ batches: [1, 3], soakMs: 0, maxFailed: 0, surge: 0, probes: [] },
  ...more,
});

describe('a rollout in batches', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const web = (more: Partial<Strategy>, group: Partial<SimGroup> = {}): SimFleet =>
    lab.fleet([{ group: 'web', count: 4, strategy: strategy(more), ...group }]);
  const failing = (...machines: string[]) => {
    lab.site.onMade = (made, target) => {
      if (machines.includes(made)) target.behaviour.failing.add('file:/b');
    };
  };
  const created = () => lab.site.ledger.filter((line) => line.startsWith('create'));

  it('begins the second batch only when the canary is verified and has soaked', async () => {
    const rollout = await lab.up(web({ soakMs: 3_000 }));
    const soaking = await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    expect(created()).toEqual(['create web-1']);
    expect(soaking.groups[0]).toMatchObject({ sizes: [1, 3], batch: 0, counts: { applied: 1 } });
    expect(Date.parse(soaking.groups[0]?.soaksUntil ?? '')).toBeGreaterThan(Date.now() - 3_000);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
    expect((await lab.progress(rollout)).groups[0]).toMatchObject({ batch: 1 });
  });

  it('ends a soak at once where somebody promotes it', async () => {
    const rollout = await lab.up(web({ soakMs: 600_000 }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await rollout.executeUpdate('promote', { args: [{ by, group: 'web' }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
  });

  it('refuses to promote what does not soak', async () => {
    const rollout = await lab.up(web({ soakMs: 600_000 }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await expect(rollout.executeUpdate('promote', { args: [{ by, group: 'db' }] })).rejects.toMatchObject({
      cause: { message: "group db doesn't soak", type: 'MW-REFUSED-PROMOTE' },
    });
    await rollout.executeUpdate('stop', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'stopped', counts: { applied: 1, skipped: 3 } });
  });

  it('stops at a canary that fails, whatever the budget of later batches is', async () => {
    failing('web-1');
    const rollout = await lab.up(web({ maxFailed: 3 }));
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts: { failed: 1, skipped: 3 } });
    expect(created()).toEqual(['create web-1']);
  });

  it('goes on over machines that a later batch may lose, asks nobody, and says failed in the end', async () => {
    failing('web-2');
    const fleet = lab.fleet([
      { group: 'web', count: 4, strategy: strategy({ maxFailed: 1 }), onFailure: 'ask', maxParallel: 1 },
      { group: 'lb', count: 1, after: ['web'] },
    ]);
    const rollout = await lab.up(fleet);
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts: { failed: 1, applied: 4 } });
    expect((await lab.progress(rollout)).groups).toMatchObject([
      { group: 'web', state: 'done' },
      { group: 'lb', state: 'done' },
    ]);
  });

  it('puts back machines that a later batch may lose where that is the policy, and goes on with the others', async () => {
    const fleet = web({ batches: [4] });
    await (await lab.up(fleet)).result();
    const { behaviour } = lab.site.vm('web-2').target;
    behaviour.beforeStep = async (_, run) => {
      if (run.includes('/apply/')) behaviour.failing.add('file:/b');
      else behaviour.failing.clear();
    };
    const [group] = fleet.groups;
    const lossy = { ...group, strategy: strategy({ maxFailed: 1 }), onFailure: 'rollback', maxParallel: 1 };
    const rollout = await lab.up({ ...fleet, groups: [lossy as SimGroup], version: '2' });
    const counts = { applied: 3, 'rolled-back-verified': 1 };
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts });
    expect((await lab.progress(rollout)).groups[0]).toMatchObject({ state: 'done' });
  });

  it('asks once more machines fail than the batch may lose', async () => {
    failing('web-2', 'web-3');
    const rollout = await lab.up(web({ maxFailed: 1 }, { onFailure: 'ask', maxParallel: 1 }));
    const questions = await openQuestions(rollout, 2);
    expect(questions.map(({ machine }) => machine).sort()).toEqual(['web-2', 'web-3']);
    expect(created()).not.toContain('create web-4');
    for (const name of ['web-2', 'web-3']) lab.site.vm(name).target.behaviour.failing.clear();
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
  });

  it('spends one budget over all groups where the rollout has one', async () => {
    failing('web-2', 'app-2');
    const lossy = strategy({ maxFailed: 1 });
    const fleet = lab.fleet(
      [
        { group: 'app', count: 4, strategy: lossy, maxParallel: 1 },
        { group: 'web', count: 4, strategy: lossy, maxParallel: 1, after: ['app'] },
      ],
      { maxFailed: 1 },
    );
    const rollout = await lab.up(fleet);
    const result = await rollout.result();
    expect(result.outcome).toBe('failed');
    expect((await lab.progress(rollout)).groups).toMatchObject([
      { group: 'app', state: 'done', counts: { failed: 1, applied: 3 } },
      { group: 'web', state: 'failed', counts: { failed: 1, applied: 1, skipped: 2 } },
    ]);
  });

  it('spends one budget over groups side by side: what one has lost, another may not lose', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((go) => {
      release = go;
    });
    lab.site.onMade = (made, { behaviour }) => {
      if (made === 'web-2' || made === 'app-2') behaviour.failing.add('file:/b');
      if (made === 'app-2') behaviour.beforeStep = () => held;
    };
    const group = { count: 4, strategy: strategy({ maxFailed: 1 }), maxParallel: 1 };
    const groups = [
      { ...group, group: 'app' },
      { ...group, group: 'web' },
    ];
    const rollout = await lab.up(lab.fleet(groups, { maxFailed: 1 }));
    await lab.until(rollout, ({ groups: [, two] }) => two?.state === 'done');
    release();
    expect(await rollout.result()).toMatchObject({ outcome: 'failed' });
    expect((await lab.progress(rollout)).groups).toMatchObject([
      { group: 'app', state: 'failed', counts: { failed: 1, applied: 1, skipped: 2 } },
      { group: 'web', state: 'done', counts: { failed: 1, applied: 3 } },
    ]);
  });

  it('pauses: what runs comes to its end, nothing new begins until it is resumed', async () => {
    let release = (): void => undefined;
    const held = new Promise<void>((go) => {
      release = go;
    });
    lab.site.onMade = (made, target) => {
      if (made === 'web-1') target.behaviour.beforeStep = () => held;
    };
    const rollout = await lab.up(web({ batches: [4] }, { maxParallel: 1 }));
    await lab.until(rollout, () => created().length === 1);
    await rollout.executeUpdate('pause', { args: [{ by, reason: 'lunch' }] });
    await expect(rollout.executeUpdate('pause', { args: [{ by }] })).rejects.toMatchObject({
      cause: { type: 'MW-REFUSED-PAUSE', message: 'it is paused already, by tester' },
    });
    release();
    const paused = await lab.until(rollout, ({ groups }) => groups[0]?.counts.applied === 1);
    expect(paused.paused).toMatchObject({ by, reason: 'lunch' });
    expect(created()).toEqual(['create web-1']);
    await rollout.executeUpdate('resume', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
  });

  it('can be stopped while it is paused', async () => {
    const rollout = await lab.up(web({ soakMs: 600_000 }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await rollout.executeUpdate('pause', { args: [{ by }] });
    await rollout.executeUpdate('promote', { args: [{ by }] });
    await rollout.executeUpdate('stop', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'stopped', counts: { applied: 1, skipped: 3 } });
  });

  it('works on as many machines at once as it is told while it runs', async () => {
    let most = 0;
    let active = 0;
    lab.site.onCreate = async (_machine, moment) => {
      if (moment === 'begin') most = Math.max(most, ++active);
    };
    lab.site.onMade = (_machine, target) => {
      target.behaviour.stepMs = 200;
      target.behaviour.beforeStep = async (step) => void (step === 'file:/b' && active--);
    };
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 16, maxParallel: 1 }]));
    await lab.until(rollout, () => created().length >= 2);
    expect(most).toBe(1);
    await rollout.executeUpdate('limit', { args: [{ by, group: 'web', maxParallel: 5 }] });
    expect(await rollout.result()).toMatchObject({ counts: { applied: 16 } });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(5);
    expect((await lab.progress(rollout)).groups[0]).toMatchObject({ maxParallel: 5 });
  });

  it('refuses a limit that makes no sense, by name', async () => {
    const rollout = await lab.up(web({ soakMs: 600_000 }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    const limit = (request: object) => rollout.executeUpdate('limit', { args: [{ by, ...request }] });
    await expect(limit({ group: 'db', maxParallel: 2 })).rejects.toMatchObject({
      cause: { message: 'there is no group db; there are: web' },
    });
    await expect(limit({ group: 'web', maxParallel: 0 })).rejects.toMatchObject({
      cause: { type: 'MW-REFUSED-LIMIT' },
    });
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
  });

  it('goes on where it was when every worker dies while it soaks', async () => {
    const rollout = await lab.up(web({ soakMs: 4_000 }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await lab.stopWorkers();
    await lab.startWorkers();
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
    expect(created()).toHaveLength(4);
  });

  it('tries again by itself what broke for want of something beside the machine', async () => {
    let times = 0;
    lab.site.onCreate = async (machine, moment) => {
      if (machine !== 'web-2' || moment !== 'begin' || times++ >= 4) return;
      const message = 'no space left on the host';
      throw new MillwrightError({ code: 'MW-QEMU-SPACE', cause: 'infrastructure', message }, true);
    };
    const fleet = lab.fleet([{ group: 'web', count: 3, maxParallel: 1, onFailure: 'ask' }]);
    const rollout = await lab.up(fleet, {}, { againPause: 200 });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
    expect((await lab.progress(rollout)).answered).toMatchObject([
      { answer: 'retry', machine: 'web-2', by: 'policy: infrastructure' },
    ]);
  });

  it('tries machines that nobody reached again before it calls them owed', async () => {
    const fleet = web({ batches: [4] });
    await (await lab.up(fleet)).result();
    const { behaviour } = lab.site.vm('web-2').target;
    behaviour.reachable = false;
    const next = { ...fleet, version: '2' };
    const rollout = await lab.up(next, {}, { silence: 300, owedPause: 1_500 });
    await lab.until(rollout, ({ groups }) => groups[0]?.counts.owed === 1);
    behaviour.reachable = true;
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
  });

  it('begins little of a batch that is being started in the moment of a pause', async () => {
    const rollout = await lab.up(web({ batches: [4] }, { maxParallel: 1 }));
    await pauseAtOnce(rollout);
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'running');
    await lab.stopWorkers();
    await rollout.signal('resume', { by });
    await rollout.signal('pause', { by });
    await lab.startWorkers();
    const id = await vi.waitFor(async () => {
      const [one] = (await lab.progress(rollout)).groups[0]?.batches ?? [];
      if (one === undefined) throw new Error('no batch yet');
      return one;
    }, 20_000);
    await lab.env.client.workflow.getHandle(id).result();
    expect((await lab.progress(rollout)).paused).toMatchObject({ by });
    // It may have begun before it heard of it.
    expect(created().length).toBeLessThan(4);
    await rollout.executeUpdate('resume', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
  });

  it('tries nothing again while it is paused, neither by itself nor because somebody says so', async () => {
    let tries = 0;
    lab.site.onCreate = async (machine, moment) => {
      if (machine !== 'web-2' || moment !== 'begin' || tries++ >= 4) return;
      const message = 'no space left on the host';
      throw new MillwrightError({ code: 'MW-QEMU-SPACE', cause: 'infrastructure', message }, true);
    };
    const fleet = lab.fleet([{ group: 'web', count: 3, maxParallel: 1, onFailure: 'ask' }]);
    const rollout = await lab.up(fleet, {}, { againPause: 1_000 });
    await openQuestions(rollout);
    await rollout.executeUpdate('pause', { args: [{ by }] });
    await lab.until(rollout, ({ answered }) => answered.length === 1);
    await new Promise((done) => setTimeout(done, 1_000));
    expect(tries).toBe(4);
    await rollout.executeUpdate('resume', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
  });

  it('begins no group after one whose last machine was put back when it was reached at last', async () => {
    const first = lab.fleet([{ group: 'web', count: 2, onFailure: 'rollback' }]);
    await (await lab.up(first)).result();
    const { behaviour } = lab.site.vm('web-2').target;
    behaviour.reachable = false;
    behaviour.beforeStep = async (_, run) => {
      if (run.includes('/apply/')) behaviour.failing.add('file:/b');
      else behaviour.failing.clear();
    };
    const groups = [...first.groups, { group: 'lb', count: 1, after: ['web'] }];
    const rollout = await lab.up({ ...first, groups, version: '2' }, {}, { silence: 300, owedPause: 1_500 });
    await lab.until(rollout, (progress) => progress.groups[0]?.counts.owed === 1);
    behaviour.reachable = true;
    const counts = { applied: 1, 'rolled-back-verified': 1, skipped: 1 };
    expect(await rollout.result()).toMatchObject({ counts });
    expect((await lab.progress(rollout)).groups).toMatchObject([{ state: 'failed' }, { state: 'skipped' }]);
  });
});

/** Asks until it is heard. */
async function pauseAtOnce(rollout: Rollout): Promise<void> {
  const ask = () =>
    rollout.executeUpdate('pause', { args: [{ by }] }).then(
      () => true,
      () => false,
    );
  while (!(await ask()));
}
