import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Reboots } from '../../../src/activities/reboots.js';
import type { JournalLine } from '../../../src/model/index.js';

const line = (state: JournalLine['state'], more: Partial<JournalLine> = {}): JournalLine => ({
  ...{ v: 1, run: 'r', seq: 1, bootId: 'b', uptime: 1, step: 'reboot:kernel', state },
  ...more,
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('silence is excused once a reboot was ordered, until the machine says something or its time is up', () => {
  const reboots = new Reboots();
  reboots.heard(line('started'));
  expect(reboots.waiting).toBe(false);
  reboots.heard(line('rebooting', { withinSeconds: 60 }));
  expect(reboots.waiting).toBe(true);
  reboots.heard(line('run-started'));
  expect(reboots.waiting).toBe(false);
  reboots.heard(line('rebooting', { withinSeconds: 60 }));
  vi.advanceTimersByTime(60_000);
  expect(reboots.waiting).toBe(false);
});
