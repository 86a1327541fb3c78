import { WorkflowUpdateFailedError } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Lab } from '../support/lab.js';
import { openQuestions } from '../support/questions.js';
import type { SimFleet } from '../support/sim-fleet.js';
import { temporalBinary } from '../support/temporal.js';

const by = 'tester';

describe('a machine that fails', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());
  beforeEach(() => lab.fresh());

  const asking = (more: Partial<SimFleet['groups'][number]> = {}): SimFleet =>
    lab.fleet([{ group: 'web', count: 3, maxParallel: 1, onFailure: 'ask', ...more }]);
  const failing = (machine: string, step = 'file:/b') => {
    lab.site.onMade = (made, target) => {
      if (made === machine) target.behaviour.failing.add(step);
    };
  };
  const mend = (machine: string) => lab.site.vm(machine).target.behaviour.failing.clear();
  const attribute = async (rollout: { describe(): Promise<{ raw: unknown }> }, name: string) => {
    const { raw } = (await rollout.describe()) as {
      raw: {
        workflowExecutionInfo: { searchAttributes: { indexedFields: Record<string, { data: Uint8Array }> } };
      };
    };
    const field = raw.workflowExecutionInfo.searchAttributes.indexedFields[name];
    return field && JSON.parse(Buffer.from(field.data).toString());
  };

  it('opens a question with cause, phase and evidence, and keeps the rest from being started', async () => {
    failing('web-2');
    const rollout = await lab.up(asking());
    const [question] = await openQuestions(rollout);
    expect(question).toMatchObject({
      machine: 'web-2',
      group: 'web',
      attempt: 1,
      outcome: { outcome: 'failed', phase: 'provision', failure: { cause: 'change', step: 'file:/b' } },
      answers: ['retry', 'skip', 'stop'],
    });
    expect(question?.outcome.failure?.evidence).toMatch(/^[0-9a-f]{64}$/);
    expect(lab.site.ledger).toEqual(['create web-1', 'create web-2']);
    expect((await lab.progress(rollout)).groups[0]).toMatchObject({ state: 'asking' });
    expect(await attribute(rollout, 'MwOutcome')).toBe('waiting');
    await rollout.executeUpdate('stop', { args: [{ by }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'failed' });
  });

  it('goes on from its receipts when the answer is retry, and so does the rest', async () => {
    failing('web-2');
    const fleet = asking();
    const rollout = await lab.up(fleet);
    await openQuestions(rollout);
    mend('web-2');
    expect(await rollout.executeUpdate('retry', { args: [{ by, machine: 'web-2' }] })).toEqual({
      accepted: true,
    });
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
    expect(result.machines.find((one) => one.machine === 'web-2')).toMatchObject({ attempt: 2 });
    const { target } = lab.site.vm('web-2');
    expect(target.acted).toEqual(['file:/a', 'file:/b']);
    expect([...target.runs.keys()].map((run) => run.split('/').slice(1).join('/'))).toEqual([
      'web-2/apply/1',
      'web-2/apply/2',
    ]);
    expect(lab.record.answered).toMatchObject([{ answer: 'retry', machine: 'web-2', by }]);
    expect(lab.site.ledger.filter((line) => line.startsWith('create'))).toHaveLength(3);
  });

  it('asks again when the retry fails, too', async () => {
    failing('web-1');
    const rollout = await lab.up(asking());
    await openQuestions(rollout);
    await rollout.executeUpdate('retry', { args: [{ by }] });
    const questions = await openQuestionsOfAttempt(rollout, 2);
    expect(questions).toMatchObject([{ machine: 'web-1', attempt: 2 }]);
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
  });

  it('is left out by skip, and the rest goes on', async () => {
    failing('web-1');
    const rollout = await lab.up(asking());
    await openQuestions(rollout);
    await rollout.executeUpdate('skip', { args: [{ by, machine: 'web-1', reason: 'known' }] });
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'succeeded', counts: { applied: 2, skipped: 1 } });
    expect(result.machines.find((one) => one.machine === 'web-1')).toMatchObject({
      outcome: 'skipped',
      reason: `left out by ${by}`,
    });
    expect(lab.record.answered).toMatchObject([{ answer: 'skip', reason: 'known' }]);
  });

  it('is answered by a bare signal as well, and a senseless one is ignored', async () => {
    failing('web-1');
    const rollout = await lab.up(asking());
    await openQuestions(rollout);
    await rollout.signal('skip', { by, machine: 'web-9' });
    await rollout.signal('retry');
    await rollout.signal('skip', { by, machine: 'web-1' });
    expect((await rollout.result()).counts).toEqual({ applied: 2, skipped: 1 });
  });

  it('is answered by Temporal’s own command line, without ours', async () => {
    lab.site.onMade = (_, target) => target.behaviour.failing.add('file:/b');
    const rollout = await lab.up(asking({ count: 2, maxParallel: 2 }));
    await openQuestions(rollout, 2);
    const workflow = ['--workflow-id', rollout.workflowId, '--address', lab.env.address ?? ''];
    const input = (machine: string) => ['--input', JSON.stringify({ by, machine })];
    await execa(temporalBinary(), ['workflow', 'signal', ...workflow, '--name', 'skip', ...input('web-2')]);
    await openQuestions(rollout);
    mend('web-1');
    await execa(temporalBinary(), [
      'workflow',
      'update',
      'execute',
      ...workflow,
      '--name',
      'retry',
      ...input('web-1'),
    ]);
    expect((await rollout.result()).counts).toEqual({ applied: 1, skipped: 1 });
    expect(lab.record.answered.map((one) => one.answer).sort()).toEqual(['retry', 'skip']);
  });

  it('makes a machine anew whose create failed, though a tombstone keeps the first attempt out', async () => {
    let broken = true;
    lab.site.onCreate = async (machine, moment) => {
      if (broken && machine === 'web-1' && moment === 'made') throw new Error('qemu exited 1');
    };
    const rollout = await lab.up(asking({ count: 1 }));
    await openQuestions(rollout);
    expect(lab.site.vms.size).toBe(0);
    broken = false;
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
    expect([...lab.site.vms.keys()]).toEqual([expect.stringMatching(/web-1@01SIM\d+\+2$/)]);
    expect(lab.site.tombstones.size).toBe(1);
  });

  it('refuses answers that make no sense, and says why', async () => {
    failing('web-1');
    const rollout = await lab.up(asking());
    await openQuestions(rollout);
    const refusal = async (update: string, request: unknown) => {
      const error = await rollout
        .executeUpdate(update, { args: [request] })
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(WorkflowUpdateFailedError);
      return (error as WorkflowUpdateFailedError).cause?.message;
    };
    expect(await refusal('retry', { by, machine: 'web-2' })).toBe('web-2 has no open question; open: web-1');
    expect(await refusal('skip', { by: '' })).toContain('name of who asks');
    expect(await refusal('rollback', { by, machine: 'web-1' })).toContain(
      'nothing was ever verified on web-1',
    );
    expect(await refusal('retry', null)).toContain('name of who asks');
    await rollout.executeUpdate('stop', { args: [{ by }] });
    await rollout.result();
  });

  it('asks for each machine of a parallel batch, and each answer stands for itself', async () => {
    lab.site.onMade = (_, target) => target.behaviour.failing.add('file:/b');
    const rollout = await lab.up(asking({ maxParallel: 3 }));
    await openQuestions(rollout, 3);
    mend('web-1');
    await rollout.executeUpdate('retry', { args: [{ by, machine: 'web-1' }] });
    await openQuestions(rollout, 2);
    await rollout.executeUpdate('skip', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 1, skipped: 2 });
  });

  it('keeps the groups after its own waiting until it is answered', async () => {
    failing('web-1');
    const fleet = lab.fleet([
      { group: 'web', count: 1, onFailure: 'ask' },
      { group: 'lb', count: 1, after: ['web'] },
    ]);
    const rollout = await lab.up(fleet);
    await openQuestions(rollout);
    expect((await lab.progress(rollout)).groups[1]).toMatchObject({ state: 'waiting' });
    mend('web-1');
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 2 });
  });

  it('ends the rollout without a question where the policy is stop', async () => {
    failing('web-1');
    const rollout = await lab.up(asking({ onFailure: 'stop' }));
    expect(await rollout.result()).toMatchObject({ outcome: 'failed', counts: { failed: 1, skipped: 2 } });
    expect(lab.record.answered).toMatchObject([{ answer: 'stop', by: 'onFailure: stop' }]);
  });

  it('is asked about for as long as it takes, over deaths of the workers', async () => {
    failing('web-1');
    const rollout = await lab.up(asking({ count: 1 }));
    await openQuestions(rollout);
    await lab.stopWorkers();
    await lab.startWorkers();
    mend('web-1');
    await rollout.executeUpdate('retry', { args: [{ by }] });
    expect((await rollout.result()).counts).toEqual({ applied: 1 });
  });

  async function openQuestionsOfAttempt(rollout: Parameters<typeof openQuestions>[0], attempt: number) {
    for (;;) {
      const questions = await openQuestions(rollout);
      if (questions[0]?.attempt === attempt) return questions;
    }
  }
});
