import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { windowState } from '../../src/calendar/index.js';
import {
  canonicalJson,
  type Freeze,
  sha256Hex,
  type Vote,
  voteText,
  type Window,
} from '../../src/model/index.js';
import { parsePolicy } from '../../src/policy/index.js';
import { Lab } from '../support/lab.js';
import { planChange, type SimFleet } from '../support/sim-fleet.js';
import { Keys } from '../unit/policy/keys.js';

const window = (more: Partial<Window> = {}): Window => ({
  ...{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '09:00', to: '16:00' },
  ...{ zone: 'Europe/Berlin', atClose: 'pause' },
  ...more,
});

/** A clock of the test's own: it stands at `now` when it is first asked, and runs so many times as fast as ours. */
class Clock {
  private started = 0;
  constructor(
    private readonly now: string,
    readonly faster: number,
  ) {}

  there(at: string): Date {
    this.started ||= Date.parse(at);
    return new Date(Date.parse(this.now) + (Date.parse(at) - this.started) * this.faster);
  }

  back = (time: string | undefined): string | undefined =>
    time && new Date(this.started + (Date.parse(time) - Date.parse(this.now)) / this.faster).toISOString();
}

describe('a window', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab?.close());

  /** The real calendar by a clock of the test's own. */
  const at = async (
    clock: Clock,
    windows: readonly Window[],
    freezes: readonly Freeze[] = [],
  ): Promise<void> => {
    lab.instead = {
      window: async ({ at: moment }) => {
        const state = windowState(windows, freezes, clock.there(moment));
        const { until, startBy, closes } = state;
        return {
          ...state,
          until: clock.back(until),
          startBy: clock.back(startBy),
          closes: clock.back(closes),
        };
      },
    };
    await lab.stopWorkers();
    await lab.startWorkers();
  };
  beforeEach(() => lab.fresh());

  const timed = (count = 1): SimFleet =>
    lab.fleet([{ group: 'web', count, maxParallel: 1 }], { windows: [window()] });
  const slow = () => {
    lab.site.onMade = (_, target) => {
      target.behaviour.stepMs = 400;
    };
  };

  it('that is closed refuses a run that was not told to wait, and nothing is done', async () => {
    await at(new Clock('2026-03-04T07:00:00Z', 1), [window()]);
    const result = await (await lab.up(timed())).result();
    expect(result).toMatchObject({ outcome: 'refused', counts: { skipped: 1 } });
    expect(lab.site.ledger).toEqual([]);
  });

  it('is waited for where that was asked for, in the zone’s own time on the day the clocks change', async () => {
    // 09:00 in Berlin is 07:00 UTC from this Sunday on; the day before it was 08:00.
    await at(new Clock('2026-03-29T06:59:00Z', 20), [window()]);
    const rollout = await lab.up(timed(), { waitForWindow: true });
    const { gates, paused } = await lab.until(rollout, ({ paused }) => paused !== undefined);
    expect(paused).toMatchObject({ by: 'window' });
    expect(gates).toMatchObject([{ id: 'window', state: 'open' }]);
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect((await lab.progress(rollout)).gates).toMatchObject([{ id: 'window', state: 'void' }]);
  });

  it('that came and went while nobody was there to run is missed, never run late', async () => {
    const short = [window({ from: '09:00', to: '09:01' })];
    await at(new Clock('2026-03-04T07:59:40Z', 20), short);
    const rollout = await lab.up(timed(), { waitForWindow: true });
    await lab.until(rollout, ({ paused }) => paused !== undefined);
    await lab.stopWorkers();
    await new Promise((done) => setTimeout(done, 6_000));
    await lab.startWorkers();
    expect(await rollout.result()).toMatchObject({ outcome: 'missed', counts: { skipped: 1 } });
    expect(lab.site.ledger).toEqual([]);
  });

  it('begins nothing after its start-by, though it is still open', async () => {
    await at(new Clock('2026-03-04T14:30:00Z', 1), [window({ startBy: '15:00' })]);
    expect(await (await lab.up(timed())).result()).toMatchObject({ outcome: 'refused' });
  });

  it('that closes over running work lets what runs end, begins nothing more, and goes on when it opens', async () => {
    slow();
    // One minute of the clock is two seconds of ours.
    const two = [window({ from: '09:00', to: '16:00' }), window({ from: '16:02', to: '20:00' })];
    await at(new Clock('2026-03-04T14:59:00Z', 30), two);
    const rollout = await lab.up(timed(6));
    const paused = await lab.until(rollout, ({ paused }) => paused !== undefined);
    const begun = lab.site.ledger.length;
    expect(begun).toBeGreaterThan(0);
    expect(begun).toBeLessThan(6);
    expect(paused.window).toMatchObject({ open: false });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 6 } });
  });

  it('with atClose finish is not cut short', async () => {
    slow();
    await at(new Clock('2026-03-04T14:59:30Z', 30), [window({ atClose: 'finish' })]);
    const rollout = await lab.up(timed(4));
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 4 } });
    expect((await lab.progress(rollout)).paused).toBeUndefined();
  });

  it('with atClose rollback puts back what was done', async () => {
    await at(new Clock('2026-03-04T10:00:00Z', 1), [window()]);
    const fleet = timed(4);
    await (await lab.up(fleet)).result();
    await at(new Clock('2026-03-04T14:59:00Z', 30), [window({ atClose: 'rollback' })]);
    for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) lab.site.vm(name).target.behaviour.stepMs = 800;
    const rollout = await lab.up({ ...fleet, version: '2' });
    const { outcome, counts } = await rollout.result();
    expect(outcome).toBe('rolled-back-verified');
    expect(counts.applied).toBeUndefined();
    expect((await lab.progress(rollout)).rollingBack).toMatchObject({ by: 'window' });
  });

  it('gives way to a freeze that begins in the middle of a batch', async () => {
    slow();
    const freeze: Freeze = {
      ...{ from: '2026-03-04T15:01', to: '2026-03-04T15:02', zone: 'Europe/Berlin' },
      ...{ because: 'the sale begins', atStart: 'pause' },
    };
    await at(new Clock('2026-03-04T14:00:00Z', 30), [window()], [freeze]);
    const rollout = await lab.up(timed(6));
    const { paused } = await lab.until(rollout, ({ paused }) => paused !== undefined);
    expect(paused?.reason).toContain('the sale begins');
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 6 } });
  });

  it('is overridden by one whom the policy lets, signed, and the record says so', async () => {
    const keys = new Keys();
    const text = [
      ...['version: 1', 'approvers:', `  ann: {keys: ["${keys.make('ann')}"]}`],
      ...[`  bob: {keys: ["${keys.make('bob')}"]}`, 'override: [bob]'],
    ].join('\n');
    lab.policy = async () => ({
      ...{ policy: parsePolicy(text, 'policy.yaml'), digest: sha256Hex(text), file: 'policy.yaml' },
    });
    await at(new Clock('2026-03-04T20:00:00Z', 1), [window()]);
    slow();
    const { change, document } = await planChange(lab.site.store, lab.record, timed(3), {
      waitForWindow: true,
    });
    // It is looked at again while it runs: one who may has said that it goes on.
    const rollout = await lab.start(change, document, { windowLook: 300 });
    await lab.until(rollout, ({ paused }) => paused !== undefined);
    const vote = (principal: string, id: string): Vote => {
      const expires = new Date(Date.now() + 3_600_000).toISOString();
      const said = { gate: 'window', planDigest: change.plan, decision: 'override', expires } as const;
      const unsigned = { ...said, reason: 'the disks are full' };
      return {
        ...unsigned,
        id,
        principal,
        sshsig: keys.sign(principal, canonicalJson(voteText(change, unsigned))),
      };
    };
    const give = (handle: WorkflowHandle, one: Vote) => handle.executeUpdate('vote', { args: [one] });
    await expect(give(rollout, vote('ann', '01V1'))).rejects.toMatchObject({
      cause: { type: 'MW-VOTE-OVERRIDE' },
    });
    await give(rollout, vote('bob', '01V2'));
    keys.dispose();
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded' });
    expect(lab.record.voted).toMatchObject([{ by: 'bob', gate: 'window', decision: 'override' }]);
    expect((await lab.progress(rollout)).gates).toMatchObject([{ id: 'window', state: 'approved' }]);
  });

  it('whose start-by is over is waited for until the next one opens, not called missed', async () => {
    const two = [window({ startBy: '15:00' }), window({ from: '16:02', to: '20:00' })];
    await at(new Clock('2026-03-04T14:59:00Z', 30), two);
    const rollout = await lab.up(timed(), { waitForWindow: true });
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 1 } });
  });

  it('gives way to a freeze that somebody adds, whatever the window wanted at its own end', async () => {
    slow();
    const until = new Date(Date.now() + 3_600_000).toISOString();
    let why = 'open';
    lab.instead = {
      window: async () => ({
        open: why === 'open',
        why,
        until,
        atClose: why === 'open' ? 'finish' : 'pause',
      }),
    };
    await lab.stopWorkers();
    await lab.startWorkers();
    const rollout = await lab.up(timed(6), {}, { windowLook: 300 });
    await lab.until(rollout, () => lab.site.ledger.length > 0);
    why = 'frozen: the sale begins';
    const { paused } = await lab.until(rollout, (progress) => progress.paused !== undefined);
    expect(paused).toMatchObject({ by: 'window', reason: why });
    expect(lab.site.ledger.length).toBeLessThan(6);
    why = 'open';
    expect(await rollout.result()).toMatchObject({ outcome: 'succeeded', counts: { applied: 6 } });
  });
});
