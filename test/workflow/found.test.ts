import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  type Change,
  documentDomains,
  type FailureInfo,
  MillwrightError,
  preimage,
} from '../../src/model/index.js';
import { retryUpdate, rollbackUpdate } from '../../src/workflows/messages.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';
import { planChange } from '../support/sim-fleet.js';
import { unreachable } from '../support/sim-target.js';

/** What chaos found, each as small as it can be. */
describe('found by chaos', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const by = 'tester';
  const info: FailureInfo = { code: 'MW-STORE-MISSING', cause: 'infrastructure', message: 'is gone' };
  const broken = new MillwrightError(info, false);
  const asked = (rollout: Parameters<Lab['progress']>[0], count: number) =>
    vi.waitFor(async () => expect((await lab.progress(rollout)).questions).toHaveLength(count), 20_000);

  /** Fails the first commands of that name. */
  async function breaks(verb: string, error: MillwrightError, times = 1): Promise<void> {
    await lab.stopWorkers();
    const real = lab.site.deps.bind(lab.site);
    let left = times;
    lab.site.deps = () => {
      const { ssh, ...deps } = real();
      const withSession: typeof ssh.withSession = (target, use) =>
        ssh.withSession(target, (session) =>
          use({
            ...session,
            exec: (argv, options) => {
              if (argv[5] !== verb || left-- <= 0) return session.exec(argv, options);
              throw error;
            },
          }),
        );
      return { ...deps, ssh: { ...ssh, withSession } };
    };
    await lab.startWorkers();
  }

  it('a run that came to its end although nobody could say so is no failure', async () => {
    await breaks('status', broken);
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(lab.record.last('web-1')?.assigned).toBe(lab.site.vm('web-1').target.head?.bundle);
  });

  it('a run that could not be started never starts later', async () => {
    await breaks('start', broken);
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.machines[0]).toMatchObject({ outcome: 'failed', failure: { code: info.code } });
    const { tombstones, runs } = lab.site.vm('web-1').target;
    expect([tombstones.size, runs.size]).toEqual([1, 0]);
  });

  it('a run that ended, and whose end could not be read, is no failure either', async () => {
    await breaks('status', unreachable('closed the connection'), 4);
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.counts).toEqual({ applied: 1 });
  });

  it('a batch that is put back asks nothing more, and each machine is put back once', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 2, onFailure: 'ask', verify: ['command:answers'] }]);
    await (await lab.up(fleet)).result();
    const targets = ['web-1', 'web-2'].map((machine) => lab.site.vm(machine).target);
    for (const { behaviour } of targets) behaviour.failing.add('file:/b');
    const rollout = await lab.up({ ...fleet, version: '2' });
    await asked(rollout, 2);
    for (const { behaviour } of targets) behaviour.failing.clear();
    await rollout.executeUpdate(rollbackUpdate, { args: [{ by, machine: 'web-2', batch: true }] });
    expect(await rollout.result()).toMatchObject({
      outcome: 'rolled-back-verified',
      counts: { 'rolled-back-verified': 2 },
    });
    for (const { runs } of targets)
      expect([...runs.keys()].filter((run) => run.includes('/rollback/'))).toHaveLength(1);
  });

  it('a cancelled rollback tells what became of its machines, not what they were before', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1, verify: ['command:answers'] }]);
    await (await lab.up(fleet)).result();
    const { behaviour } = lab.site.vm('web-1').target;
    behaviour.failing.add('file:/b');
    const { change } = await planChange(lab.site.store, lab.record, { ...fleet, version: '2' });
    const start = (one: Change) =>
      lab.site.store.put(preimage(documentDomains.change, one)).then((document) => lab.start(one, document));
    await (await start(change)).result();
    const gate = new Gate();
    behaviour.beforeStep = () => gate.pass();
    behaviour.onEnd = () => gate.open();
    const back = await start({
      ...change,
      id: `${change.id.slice(0, -1)}Z`,
      verb: 'rollback',
      of: change.id,
    });
    await gate.reached;
    await back.cancel();
    await expect(back.result()).rejects.toThrow();
    const recorded = lab.record.last('web-1')?.outcome.outcome;
    expect((await lab.progress(back)).result?.machines[0]?.outcome).toBe(recorded);
    expect(recorded).not.toBe('failed');
  });

  it('a rollback of the run waits for a machine that is tried again while another one asks', async () => {
    const steps = ['file:/a', 'file:/b'];
    lab.site.onMade = (_, { behaviour }) => behaviour.failing.add('file:/b');
    const fleet = lab.fleet([{ group: 'web', count: 2, onFailure: 'ask', steps }]);
    const rollout = await lab.up(fleet);
    await asked(rollout, 2);
    let goOn = () => {};
    const { behaviour } = lab.site.vm('web-1').target;
    const reached = new Promise<void>((arrive) => {
      behaviour.beforeStep = () => {
        arrive();
        return new Promise<void>((resolve) => {
          goOn = resolve;
        });
      };
    });
    behaviour.onEnd = () => setTimeout(() => goOn(), 1_000);
    await rollout.executeUpdate(retryUpdate, { args: [{ by, machine: 'web-1' }] });
    await reached;
    await rollout.executeUpdate(rollbackUpdate, { args: [{ by }] });
    const { machines } = await rollout.result();
    const recorded = lab.record.last('web-1')?.outcome.outcome;
    expect(recorded).toBe('cancelled');
    expect(machines.find(({ machine }) => machine === 'web-1')?.outcome).toBe(recorded);
  });

  it('a machine that is off is put back like any other', async () => {
    const fleet = lab.fleet([{ group: 'web', count: 1, onFailure: 'ask', verify: ['command:answers'] }]);
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.failing.add('file:/b');
    const rollout = await lab.up({ ...fleet, version: '2' });
    await asked(rollout, 1);
    lab.site.vm('web-1').target.behaviour.failing.clear();
    lab.site.powerOff('web-1');
    await rollout.executeUpdate(rollbackUpdate, { args: [{ by, machine: 'web-1' }] });
    expect((await rollout.result()).outcome).toBe('rolled-back-verified');
  });

  it('a cancellation that comes when all is done leaves the outcome as it is', async () => {
    await lab.stopWorkers();
    const gate = new Gate();
    const real = lab.record.deps.bind(lab.record);
    lab.record.deps = (...given) => {
      const { record, ...deps } = real(...given);
      const endChange: typeof record.endChange = async (...ending) => {
        await gate.pass();
        await record.endChange(...ending);
      };
      return { ...deps, record: { ...record, endChange } };
    };
    await lab.startWorkers();
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 1 }]));
    await gate.reached;
    await rollout.cancel();
    gate.open();
    expect((await rollout.result()).outcome).toBe('succeeded');
    expect([...lab.record.ended.values()]).toEqual(['succeeded']);
  });

  it('a snapshot that was restored although nobody could say so counts', async () => {
    await lab.stopWorkers();
    const real = lab.site.deps.bind(lab.site);
    lab.site.deps = () => {
      const { provider, ...deps } = real();
      const loadSnapshot: typeof provider.loadSnapshot = async (...given) => {
        await provider.loadSnapshot(...given);
        throw broken;
      };
      return { ...deps, provider: { ...provider, loadSnapshot } };
    };
    await lab.startWorkers();
    const group = { group: 'web', count: 1, verify: ['command:answers'], rollback: ['snapshot'] } as const;
    const fleet = lab.fleet([{ ...group, onFailure: 'rollback' }]);
    await (await lab.up(fleet)).result();
    lab.site.vm('web-1').target.behaviour.failing.add('file:/b');
    expect((await (await lab.up({ ...fleet, version: '2' })).result()).outcome).toBe('rolled-back-verified');
  });
});
