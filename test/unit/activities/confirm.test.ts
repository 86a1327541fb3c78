import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Confirm, Confirmations } from '../../../src/activities/confirm.js';
import { Journal } from '../../../src/activities/run.js';
import type { JournalLine } from '../../../src/model/index.js';

const line = (seq: number, state: JournalLine['state'], more: Partial<JournalLine> = {}): JournalLine => ({
  ...{ v: 1, run: 'r', seq, bootId: 'b', uptime: seq, state, step: 'file:/etc/ssh/sshd_config' },
  ...more,
});

function followed(confirm: Confirm) {
  const journal = new Journal();
  const risky = new Confirmations(journal, confirm, new AbortController().signal);
  const hear = (one: JournalLine): void => {
    journal.add(JSON.stringify(one));
    risky.heard(one);
  };
  return { hear, risky };
}

describe('a risky step', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is confirmed as soon as a new connection can be made, however often that failed', async () => {
    let failures = 3;
    const asked: string[] = [];
    const { hear, risky } = followed(async (step) => {
      asked.push(step);
      if (failures-- > 0) throw new Error('connection refused');
      return true;
    });
    hear(line(1, 'started'));
    expect(asked).toEqual([]);
    hear(line(2, 'armed', { withinSeconds: 60 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toEqual(Array(4).fill('file:/etc/ssh/sshd_config'));
    await risky.end();
  });

  it('that the target has undone by itself is asked about no more', async () => {
    const confirm = vi.fn<Confirm>(async () => false);
    const { hear, risky } = followed(confirm);
    hear(line(1, 'armed'));
    await vi.advanceTimersByTimeAsync(2_500);
    const asked = confirm.mock.calls.length;
    expect(asked).toBeGreaterThan(1);
    hear(line(2, 'undone'));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(confirm.mock.calls.length).toBe(asked);
    await risky.end();
  });

  it('excuses a machine out of reach while its timer runs and undoes, not before and not forever', () => {
    const { hear, risky } = followed(() => new Promise(() => undefined));
    expect(risky.waiting).toBe(false);
    hear(line(1, 'armed', { withinSeconds: 60 }));
    expect(risky.waiting).toBe(true);
    vi.advanceTimersByTime(61_000);
    expect(risky.waiting).toBe(true);
    vi.advanceTimersByTime(180_000);
    expect(risky.waiting).toBe(false);
  });

  it('that was confirmed excuses nothing', () => {
    const { hear, risky } = followed(() => new Promise(() => undefined));
    hear(line(1, 'armed'));
    hear(line(2, 'confirmed'));
    expect(risky.waiting).toBe(false);
  });

  it('is left alone when whoever follows the run goes away', async () => {
    const confirm = vi.fn<Confirm>(async (_, signal) => {
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      return true;
    });
    const { hear, risky } = followed(confirm);
    hear(line(1, 'armed'));
    await risky.end();
    expect(confirm).toHaveBeenCalledTimes(1);
  });
});
