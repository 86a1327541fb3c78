import { describe, expect, it } from 'vitest';
import type { MachineDrift } from '../../../src/report/documents.js';
import { driftLines } from '../../../src/report/drift.js';
import { status } from './fixtures.js';

const now = Date.parse('2026-03-04T12:00:00.000Z');
const base: MachineDrift = {
  ...{ state: 'drifted', since: '2026-03-04T10:41:07.000Z', reason: null, unmendable: null },
  ...{ steps: [{ step: 'file:/etc/motd', reason: 'differs' }], at: '2026-03-04T11:55:00.000Z' },
};
const [first] = status().machines;

const lines = (...all: (Partial<MachineDrift> | null)[]): string[] =>
  driftLines(
    all.flatMap((drift, n) =>
      first === undefined
        ? []
        : [{ ...first, machine: `web-${n + 1}`, drift: drift && { ...base, ...drift } }],
    ),
    now,
  );

describe('drift in status', () => {
  it('names the steps, and since when', () => {
    expect(lines(null, {})).toEqual(['! web-2  drifted since 10:41Z: file:/etc/motd']);
  });

  it('gives the day where it is not today, and counts many steps', () => {
    const steps = ['a', 'b', 'c', 'd', 'e'].map((step) => ({ step, reason: '' }));
    expect(lines({ since: '2026-03-01T22:10:00.000Z', steps })).toEqual([
      '! web-1  drifted since 2026-03-01 22:10Z: a, b, c, 2 more',
    ]);
  });

  it('says that it is only what was known before nobody could look', () => {
    expect(lines({ state: 'unobserved', reason: 'held: debugging' })).toEqual([
      '! web-1  drifted since 10:41Z: file:/etc/motd; not looked at 5 min ago: held: debugging',
    ]);
  });

  it('tells what could not be compared from what nobody saw, and is silent where all is well', () => {
    expect(
      lines(
        { state: 'aligned', since: null, steps: [] },
        { state: 'failed', since: null, reason: 'tcp:80: refused' },
        { state: 'unobserved', since: null, reason: 'refused' },
      ),
    ).toEqual([
      '! web-2  could not be compared 5 min ago: tcp:80: refused',
      '! web-3  not looked at 5 min ago: refused',
    ]);
  });

  it('has one line for machines of which the same is to be said', () => {
    expect(lines({}, {}, {})).toEqual(['! web-[1-3]  drifted since 10:41Z: file:/etc/motd']);
  });
});
