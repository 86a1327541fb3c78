import { setTimeout } from 'node:timers/promises';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';

describe('two hundred messages at once', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  it('are all answered: none is lost or counted twice, each is done or refused by name', async () => {
    const strategy = { batches: [1, 1], soakMs: 600_000, maxFailed: 0, surge: 0, probes: [] };
    const gates = [
      {
        id: 'canary:web',
        approvals: 200,
        from: [],
        onTimeout: 'stop',
        unsigned: true,
        external: false,
      } as const,
    ];
    const rollout = await lab.up(lab.fleet([{ group: 'web', count: 2, strategy }], { gates }));
    await lab.until(rollout, ({ groups }) => groups[0]?.state === 'soaking');
    const long = { by: 'tester', reason: 'x'.repeat(1025) };
    for (const name of ['stop', 'rollback', 'retry', 'pause', 'resume', 'promote'])
      await expect(rollout.executeUpdate(name, { args: [long] })).rejects.toMatchObject({
        cause: { message: 'no text may have more than 1024 characters' },
      });
    await rollout.executeUpdate('promote', { args: [{ by: 'tester' }] });
    await lab.until(rollout, ({ gates = [] }) => gates[0]?.state === 'open');
    const voters = Array.from({ length: 90 }, (_, n) => `voter-${n + 1}`);
    const votes = voters.map((by) => ['approve', { by, gate: 'canary:web' }] as const);
    const limits = Array.from(
      { length: 60 },
      (_, n) => ['limit', { by: 'x', group: 'web', maxParallel: n + 1 }] as const,
    );
    const wrong = Array.from({ length: 50 }, () => ['promote', { by: 'x' }] as const);
    const answers = await Promise.allSettled(
      [...votes, ...limits, ...wrong].map(([name, args], n) =>
        asked(() => rollout.executeUpdate(name, { args: [args], updateId: `message-${n}` })),
      ),
    );
    const done = answers.filter(({ status }) => status === 'fulfilled');
    const refused = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason?.cause?.type] : []));
    expect(done).toHaveLength(150);
    expect(refused).toEqual(Array(50).fill('MW-REFUSED-PROMOTE'));
    const counted = (await lab.progress(rollout)).gates?.[0]?.votes.map(({ by }) => by).sort();
    expect(counted).toEqual([...voters].sort());
    expect(lab.record.voted).toHaveLength(90);
    await rollout.executeUpdate('stop', { args: [{ by: 'tester' }] });
    await rollout.result();
  }, 400_000);
});

/**
 * The server calls off what is in flight whenever an eleventh comes, and the client gives up after some tries: whoever asks
 * again under the same id is heard once.
 */
async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) throw error;
    await setTimeout(5_000 * Math.random());
    return asked(ask);
  }
}
