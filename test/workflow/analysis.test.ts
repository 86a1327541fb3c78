import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { FailurePolicy, Probe } from '../../src/model/index.js';
import { Lab, type Rollout } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet } from '../support/sim-fleet.js';

const by = 'tester';
const probe: Probe = { name: 'error rate', type: 'command', run: 'errors', everyMs: 200, maxFailed: 1 };

describe('what is watched while a batch soaks', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const watched = (soakMs: number, onFailure: FailurePolicy): SimFleet =>
    lab.fleet([
      {
        ...{ group: 'web', count: 3, onFailure, maxParallel: 1 },
        strategy: { batches: [1, 2], soakMs, maxFailed: 0, surge: 0, probes: [probe] },
      },
    ]);
  /** Which machines answer the probe badly under the new version. */
  const answering = (bad: (machine: string) => boolean) => {
    for (const machine of ['web-1', 'web-2', 'web-3'])
      lab.site.vm(machine).target.behaviour.command = async () =>
        bad(machine) ? { code: 1, stdout: '7 of 100' } : {};
  };
  /** Everything is there in its first version, made without a soak. */
  const first = async (soakMs: number, onFailure: FailurePolicy): Promise<SimFleet> => {
    const fleet = watched(soakMs, onFailure);
    const [group] = fleet.groups;
    await (await lab.up({ ...fleet, groups: [{ ...group, strategy: undefined } as never] })).result();
    return { ...fleet, version: '2' };
  };

  it('stops a change that makes its canary answer badly, asks, and can be put back', async () => {
    const fleet = await first(60_000, 'ask');
    answering((machine) => machine === 'web-1');
    const rollout = await lab.up(fleet);
    const [question] = await openQuestions(rollout);
    expect(question).toMatchObject({
      machine: 'web-1',
      outcome: {
        failure: {
          code: 'MW-ANALYSIS-BREACH',
          cause: 'change',
          detail: [expect.stringContaining('7 of 100'), expect.anything()],
        },
      },
    });
    await rollout.executeUpdate('rollback', { args: [{ by, machine: 'web-1' }] });
    const result = await rollout.result();
    expect(result.counts).toEqual({ 'rolled-back-verified': 1, skipped: 2 });
  });

  it('puts the canary back by itself where that is the policy', async () => {
    const fleet = await first(60_000, 'rollback');
    answering((machine) => machine === 'web-1');
    const rollout = await lab.up(fleet);
    expect(await rollout.result()).toMatchObject({
      outcome: 'rolled-back-verified',
      counts: { 'rolled-back-verified': 1, skipped: 2 },
    });
  });

  it('goes on where machines without the change answer as badly', async () => {
    const fleet = await first(1_500, 'stop');
    answering(() => true);
    const rollout = await lab.up(fleet);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
  });

  it('goes on where all answer well, and leaves no watch behind', async () => {
    const fleet = await first(1_500, 'stop');
    answering(() => false);
    const rollout = await lab.up(fleet);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
    const left = await lab.env.client.workflow.count(
      `WorkflowType = 'analysis' AND ExecutionStatus = 'Running'`,
    );
    expect(left.count).toBe(0);
  });

  it('ends with the soak when somebody promotes it', async () => {
    const fleet = await first(600_000, 'stop');
    answering(() => false);
    const rollout = await lab.up(fleet);
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    await rollout.executeUpdate('promote', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
  });

  it('ends with the soak also when somebody promotes it in the moment in which the watch is being started', async () => {
    const fleet = await first(600_000, 'stop');
    answering(() => false);
    const rollout = await lab.up(fleet);
    await promoteAtOnce(rollout);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
  });

  it('is no reason to make the canary a second time: a retry goes on with the one that there is', async () => {
    lab.site.onMade = (machine, { behaviour }) => {
      behaviour.command = async () => (machine === 'web-1' ? { code: 1, stdout: '7 of 100' } : {});
    };
    const rollout = await lab.up(watched(60_000, 'ask'));
    await openQuestions(rollout);
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
    expect(lab.site.ledger).toEqual(['create web-1', 'create web-2', 'create web-3']);
    expect(lab.record.last('web-1')?.outcome.attempt).toBe(2);
  });

  it('is not about a machine that the batch was allowed to lose', async () => {
    lab.site.onMade = (machine, { behaviour }) => {
      if (machine !== 'web-2') return;
      behaviour.failing.add('file:/b');
      behaviour.command = async () => ({ code: 1, stdout: '7 of 100' });
    };
    const lossy = { batches: [1, 2, 1], soakMs: 1_500, maxFailed: 1, surge: 0, probes: [probe] };
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 4, maxParallel: 1, strategy: lossy }]));
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts: { failed: 1, applied: 3 } });
  });

  it('ends the rollout where somebody ends the watch itself: nobody knows how the batch is', async () => {
    const fleet = await first(600_000, 'stop');
    answering(() => false);
    const rollout = await lab.up(fleet);
    const { changeId } = await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    const watch = lab.env.client.workflow.getHandle(`analysis/${changeId}/web/0`);
    await expect
      .poll(
        () =>
          watch.terminate().then(
            () => true,
            () => false,
          ),
        { timeout: 10_000 },
      )
      .toBe(true);
    expect(await rollout.result()).toMatchObject({
      outcome: 'failed',
      failure: { code: 'MW-WORKFLOW-TERMINATED' },
      counts: { applied: 1 },
    });
  });
});

/** Asks again and again, so that it is heard by the first workflow task in which something soaks. */
async function promoteAtOnce(rollout: Rollout): Promise<void> {
  const ask = () =>
    rollout.executeUpdate('promote', { args: [{ by }] }).then(
      () => true,
      () => false,
    );
  while (!(await ask()));
}
