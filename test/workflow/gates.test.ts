import type { WorkflowHandle } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type Change,
  canonicalJson,
  type Gate,
  sha256Hex,
  type Vote,
  voteText,
} from '../../src/model/index.js';
import { parsePolicy } from '../../src/policy/index.js';
import { Lab } from '../support/lab.js';
import { planChange, type SimFleet } from '../support/sim-fleet.js';
import { temporalBinary } from '../support/temporal.js';
import { Keys } from '../unit/policy/keys.js';

const gate = (id: string, more: Partial<Gate> = {}): Gate => ({
  ...{ id, approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false },
  ...more,
});
const canary = { batches: [1, 1], soakMs: 0, maxFailed: 0, surge: 0, probes: [] };

describe('a gate', () => {
  const keys = new Keys();
  const lines = new Map(['ann', 'bob', 'cem', 'tester'].map((name) => [name, keys.make(name)]));
  let lab: Lab;
  let change: Change;
  let known = ['ann', 'bob', 'tester'];
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(async () => {
    keys.dispose();
    await lab?.close();
  });
  beforeEach(async () => {
    known = ['ann', 'bob', 'tester'];
    await lab.fresh();
    await lab.stopWorkers();
    lab.policy = async () => {
      const approvers = known.map((name) => `  ${name}: {keys: ["${lines.get(name)}"]}`);
      const text = ['version: 1', 'approvers:', ...approvers, 'breakGlass: [tester]', 'override: [bob]'].join(
        '\n',
      );
      return { policy: parsePolicy(text, 'policy.yaml'), digest: sha256Hex(text), file: 'policy.yaml' };
    };
    await lab.startWorkers();
  });

  const start = async (fleet: SimFleet): Promise<WorkflowHandle> => {
    const planned = await planChange(lab.site.store, lab.record, fleet);
    change = planned.change;
    return lab.start(planned.change, planned.document);
  };
  const gated = (...gates: Gate[]) => lab.fleet([{ group: 'web', count: 2, strategy: canary }], { gates });
  const open = (rollout: WorkflowHandle, id: string) =>
    lab.until(rollout, ({ gates = [] }) => gates.some((one) => one.id === id && one.state === 'open'));

  let votes = 0;
  const ballot = (principal: string, more: Partial<Vote> = {}): Vote => {
    const unsigned = {
      ...{ id: `01VOTE${String(++votes).padStart(20, '0')}`, gate: 'rollout', planDigest: change.plan },
      ...{ principal, decision: 'approve' as const, expires: new Date(Date.now() + 3_600_000).toISOString() },
      ...more,
    };
    return { ...unsigned, sshsig: keys.sign(principal, canonicalJson(voteText(change, unsigned))), ...more };
  };
  const give = (rollout: WorkflowHandle, vote: Vote) =>
    rollout.executeUpdate<{ missing: number }, [Vote]>('vote', { args: [vote], updateId: vote.id });
  const refusedAs = (code: string) => ({ cause: { type: code } });

  it('keeps everything from beginning until enough people have agreed, and says who still may', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    const { gates } = await open(rollout, 'rollout');
    expect(gates?.[0]).toMatchObject({ approvals: 2, waitsFor: ['ann', 'bob'], authorUnverified: true });
    expect(await give(rollout, ballot('ann'))).toEqual({ counted: true, missing: 1 });
    expect(lab.site.ledger).toEqual([]);
    expect(await give(rollout, ballot('bob'))).toEqual({ counted: true, missing: 0 });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 2 } });
    expect(lab.record.voted).toMatchObject([
      { by: 'ann', how: 'signed', decision: 'approve', gate: 'rollout' },
      { by: 'bob', how: 'signed', decision: 'approve', gate: 'rollout' },
    ]);
    expect(lab.record.voted[0]?.key).toMatch(/^SHA256:/);
  });

  it('after the canary lets the rest of the group wait', async () => {
    const rollout = await start(gated(gate('canary:web')));
    const { groups } = await open(rollout, 'canary:web');
    expect(groups[0]).toMatchObject({ state: 'gated', counts: { applied: 1 } });
    await give(rollout, ballot('ann', { gate: 'canary:web' }));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 2 } });
  });

  it('that is rejected ends the rollout and leaves what was done', async () => {
    const rollout = await start(gated(gate('canary:web')));
    await open(rollout, 'canary:web');
    await give(rollout, ballot('ann', { gate: 'canary:web', decision: 'reject', reason: 'too slow' }));
    const result = await rollout.result();
    expect(result).toMatchObject({ outcome: 'rejected', counts: { applied: 1, skipped: 1 } });
    expect(result.machines).toContainEqual(
      expect.objectContaining({
        machine: 'web-2',
        reason: expect.stringContaining('gate canary:web was rejected by ann: too slow'),
      }),
    );
  });

  it('that nobody answers in time ends it, or puts it back where that was asked for', async () => {
    const stopped = await start(gated(gate('rollout', { timeoutMs: 500 })));
    expect(await stopped.result()).toMatchObject({ outcome: 'rejected', counts: { skipped: 2 } });
    expect(lab.record.voted).toMatchObject([{ how: 'timeout', by: 'nobody', decision: 'reject' }]);
    const fleet = gated();
    await (await start(fleet)).result();
    const gates = [gate('canary:web', { timeoutMs: 500, onTimeout: 'rollback' })];
    const back = await start({ ...fleet, version: '2', gates });
    await expect(back.result()).resolves.toMatchObject({
      outcome: 'rolled-back-verified',
      counts: { 'rolled-back-verified': 1 },
    });
  });

  it('that has timed out takes no vote any more, also while that is being written down', async () => {
    let release = (): void => undefined;
    const written = new Promise<void>((go) => {
      release = go;
    });
    let begun = false;
    const { putVote } = lab.record.port();
    lab.instead = {
      putVote: async (entry) => {
        if (entry.how === 'timeout') {
          begun = true;
          await written;
        }
        await putVote(entry);
      },
    };
    await lab.stopWorkers();
    await lab.startWorkers();
    const rollout = await start(gated(gate('rollout', { timeoutMs: 500, unsigned: true })));
    await expect.poll(() => begun, { timeout: 20_000 }).toBe(true);
    const late = rollout.executeUpdate('approve', { args: [{ by: 'carl', gate: 'rollout' }] });
    await expect(late).rejects.toMatchObject(refusedAs('MW-VOTE-GATE'));
    release();
    expect(await rollout.result()).toMatchObject({ outcome: 'rejected', counts: { skipped: 2 } });
    expect(lab.record.voted).toMatchObject([{ how: 'timeout' }]);
  });

  it('refuses by name what is not a vote for it', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    await open(rollout, 'rollout');
    const wrong: readonly [string, Vote][] = [
      ['MW-VOTE-SHAPE', { ...ballot('ann'), principal: '' }],
      ['MW-VOTE-SIZE', { ...ballot('ann'), sshsig: 'x'.repeat(9_000) }],
      ['MW-VOTE-SIZE', ballot('ann', { reason: 'x'.repeat(1_025) })],
      ['MW-VOTE-GATE', ballot('ann', { gate: 'canary:web' })],
      ['MW-VOTE-PLAN', ballot('ann', { planDigest: 'f'.repeat(64) })],
      ['MW-VOTE-DECISION', ballot('ann', { decision: 'override' })],
      ['MW-VOTE-PRINCIPAL', ballot('cem')],
      ['MW-VOTE-BARRED', ballot('tester')],
      ['MW-VOTE-KEY', { ...ballot('ann'), sshsig: ballot('bob').sshsig }],
      ['MW-VOTE-SIGNATURE', { ...ballot('ann'), decision: 'reject' }],
      ['MW-VOTE-EXPIRED', ballot('ann', { expires: '2020-01-01T00:00:00Z' })],
    ];
    for (const [code, vote] of wrong)
      await expect(give(rollout, vote), code).rejects.toMatchObject(refusedAs(code));
    await give(rollout, ballot('ann'));
    await expect(give(rollout, ballot('ann'))).rejects.toMatchObject(refusedAs('MW-VOTE-DOUBLE'));
    expect((await lab.progress(rollout)).gates?.[0]?.votes).toHaveLength(1);
    await rollout.executeUpdate('stop', { args: [{ by: 'tester' }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'stopped' });
  });

  it('does not take a vote of another run of the same plan', async () => {
    const fleet = gated(gate('rollout', { timeoutMs: 300 }));
    const first = await start(fleet);
    await open(first, 'rollout');
    const vote = ballot('ann');
    expect(await first.result()).toMatchObject({ outcome: 'rejected' });
    const second = await start({ ...fleet, gates: [gate('rollout')] });
    await open(second, 'rollout');
    await expect(give(second, { ...vote, planDigest: change.plan })).rejects.toMatchObject(
      refusedAs('MW-VOTE-SIGNATURE'),
    );
    await second.executeUpdate('stop', { args: [{ by: 'tester' }] });
    await second.result();
  });

  it('counts one vote once however often it is sent, also when every worker dies in between', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    await open(rollout, 'rollout');
    const vote = ballot('ann');
    await give(rollout, vote);
    await lab.stopWorkers();
    await lab.startWorkers();
    expect(await rollout.executeUpdate('vote', { args: [vote], updateId: 'another try' })).toEqual({
      counted: true,
      missing: 1,
    });
    await give(rollout, ballot('bob'));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.record.voted).toHaveLength(2);
  });

  it('forgets the vote of somebody who is no approver any more', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    await open(rollout, 'rollout');
    await give(rollout, ballot('ann'));
    known = ['bob', 'cem', 'tester'];
    expect(await give(rollout, ballot('bob'))).toEqual({ counted: true, missing: 1 });
    await give(rollout, ballot('cem'));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
  });

  it('knows somebody who was made an approver meanwhile once the rollout is resumed', async () => {
    const rollout = await start(gated(gate('rollout')));
    await open(rollout, 'rollout');
    known = ['bob', 'cem', 'tester'];
    await expect(give(rollout, ballot('cem'))).rejects.toMatchObject(refusedAs('MW-VOTE-PRINCIPAL'));
    await rollout.executeUpdate('pause', { args: [{ by: 'tester' }] });
    await rollout.executeUpdate('resume', { args: [{ by: 'tester' }] });
    await lab.until(rollout, ({ gates }) => gates?.[0]?.waitsFor.includes('cem') ?? false);
    await give(rollout, ballot('cem'));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
  });

  it('stays open, and takes no vote, while the policy cannot be read', async () => {
    const rollout = await start(gated(gate('rollout')));
    await open(rollout, 'rollout');
    known = ['ann'];
    await expect(give(rollout, ballot('ann'))).rejects.toMatchObject(refusedAs('MW-VOTE-POLICY'));
    await rollout.executeUpdate('pause', { args: [{ by: 'tester' }] });
    await rollout.executeUpdate('resume', { args: [{ by: 'tester' }] });
    known = ['ann', 'bob', 'tester'];
    await give(rollout, ballot('ann'));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
  });

  it('is opened in an emergency by one who may, with a reason, and the record says so', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    await open(rollout, 'rollout');
    await expect(give(rollout, ballot('ann', { breakGlass: true, reason: 'fire' }))).rejects.toMatchObject(
      refusedAs('MW-VOTE-BREAK-GLASS'),
    );
    await give(rollout, ballot('tester', { breakGlass: true, reason: 'fire' }));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.record.voted).toMatchObject([{ how: 'break-glass', by: 'tester', reason: 'fire' }]);
  });

  it('that takes unsigned answers is approved by a bare signal of Temporal’s own command line', async () => {
    const rollout = await start(gated(gate('rollout', { unsigned: true })));
    await open(rollout, 'rollout');
    await execa(temporalBinary() ?? '', [
      ...['workflow', 'signal', '--address', lab.env.address, '-w', rollout.workflowId],
      ...['--name', 'approve', '--input', JSON.stringify({ by: 'carl', gate: 'rollout' })],
    ]);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.record.voted).toMatchObject([{ how: 'unsigned', by: 'carl', decision: 'approve' }]);
  });

  it('that takes signed votes only ignores a signal and refuses an update', async () => {
    const rollout = await start(gated(gate('rollout')));
    await open(rollout, 'rollout');
    const plain = { by: 'carl', gate: 'rollout' };
    await rollout.signal('approve', plain);
    await expect(rollout.executeUpdate('approve', { args: [plain] })).rejects.toMatchObject(
      refusedAs('MW-VOTE-UNSIGNED'),
    );
    expect((await lab.progress(rollout)).gates?.[0]).toMatchObject({ state: 'open', votes: [] });
    await rollout.executeUpdate('stop', { args: [{ by: 'tester' }] });
    await rollout.result();
  });

  it('of a pipeline is answered by the pipeline, which says where that can be read', async () => {
    const rollout = await start(gated(gate('rollout', { external: true })));
    await open(rollout, 'rollout');
    const plain = { by: 'tester', gate: 'rollout', reference: 'https://ci.example/approval/7' };
    await expect(
      rollout.executeUpdate('approve', { args: [{ by: 'tester', gate: 'rollout' }] }),
    ).rejects.toMatchObject(refusedAs('MW-VOTE-UNSIGNED'));
    await rollout.executeUpdate('approve', { args: [plain] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.record.voted).toMatchObject([{ how: 'external', reference: plain.reference }]);
  });

  it('holds back one group while the others go on', async () => {
    const groups = [
      { group: 'db', count: 1 },
      { group: 'web', count: 1 },
    ];
    const rollout = await start(lab.fleet(groups, { gates: [gate('group:web')] }));
    await open(rollout, 'group:web');
    await lab.until(rollout, (progress) => progress.groups[0]?.state === 'done');
    expect(lab.site.ledger).toEqual(['create db-1']);
    await give(rollout, ballot('ann', { gate: 'group:web' }));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 2 } });
  });

  it('that puts a big rollout back when nobody answers does not say that it has succeeded', async () => {
    const gates = [gate('rollout', { timeoutMs: 500, onTimeout: 'rollback' })];
    const rollout = await start(lab.fleet([{ group: 'web', count: 501 }], { gates }));
    await expect(rollout.result()).resolves.toMatchObject({ outcome: 'cancelled', counts: { skipped: 501 } });
  });

  it('is closed when the rollout is cancelled: nobody is asked for a vote any more', async () => {
    const rollout = await start(gated(gate('canary:web')));
    await open(rollout, 'canary:web');
    await rollout.cancel();
    await expect(rollout.result()).rejects.toThrow('cancelled');
    expect((await lab.progress(rollout)).gates).toMatchObject([{ id: 'canary:web', state: 'void' }]);
  });

  it('opens where the votes that it has are enough once the policy is read again', async () => {
    const rollout = await start(gated(gate('rollout', { approvals: 2 })));
    await open(rollout, 'rollout');
    await give(rollout, ballot('ann'));
    known = ['bob', 'tester'];
    expect(await give(rollout, ballot('bob'))).toEqual({ counted: true, missing: 1 });
    known = ['ann', 'bob', 'tester'];
    await rollout.executeUpdate('pause', { args: [{ by: 'tester' }] });
    await rollout.executeUpdate('resume', { args: [{ by: 'tester' }] });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 2 } });
  });
});
