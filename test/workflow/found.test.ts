import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type FailureInfo, MillwrightError } from '../../src/model/index.js';
import { retryUpdate, rollbackUpdate } from '../../src/workflows/messages.js';
import { Gate } from '../support/gate.js';
import { Lab } from '../support/lab.js';

/** What chaos found, each as small as it can be. */
describe('found by chaos', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const by = 'tester';
  const broken: FailureInfo = { code: 'MW-STORE-MISSING', cause: 'infrastructure', message: 'is gone' };
  const asked = (rollout: Parameters<Lab['progress']>[0], count: number) =>
    vi.waitFor(async () => expect((await lab.progress(rollout)).questions).toHaveLength(count), 20_000);

  /** Fails the first command of that name for good. */
  async function breakOnce(verb: string): Promise<void> {
    await lab.stopWorkers();
    const real = lab.site.deps.bind(lab.site);
    let left = 1;
    lab.site.deps = () => {
      const { ssh, ...deps } = real();
      const withSession: typeof ssh.withSession = (target, use) =>
        ssh.withSession(target, (session) =>
          use({
            ...session,
            exec: (argv, options) => {
              if (argv[5] !== verb || left-- <= 0) return session.exec(argv, options);
              throw new MillwrightError(broken, false);
            },
          }),
        );
      return { ...deps, ssh: { ...ssh, withSession } };
    };
    await lab.startWorkers();
  }

  it('a run that came to its end although nobody could say so is no failure', async () => {
    await breakOnce('status');
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.counts).toEqual({ applied: 1 });
    expect(lab.record.last('web-1')?.assigned).toBe(lab.site.vm('web-1').target.head?.bundle);
  });

  it('a run that could not be started never starts later', async () => {
    await breakOnce('start');
    const result = await (await lab.up(lab.fleet([{ group: 'web', count: 1 }]))).result();
    expect(result.machines[0]).toMatchObject({ outcome: 'failed', failure: { code: broken.code } });
    const { tombstones, runs } = lab.site.vm('web-1').target;
    expect([tombstones.size, runs.size]).toEqual([1, 0]);
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
});
