import { describe, expect, it } from 'vitest';
import { ago, bytes, clip, columns, duration, machineList } from '../../../src/report/index.js';

describe('text', () => {
  it.each([
    [0, '0ms'],
    [480, '480ms'],
    [3100, '3.1s'],
    [9949, '9.9s'],
    [58_000, '58s'],
    [130_000, '2m10s'],
    [59_999, '1m00s'],
    [11_520_000, '3h12m'],
    [187_200_000, '2d4h'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it.each([
    [512, '512 B'],
    [536_870_912, '512 MiB'],
    [6_442_450_944, '6.0 GiB'],
  ])('writes %i bytes as %s', (n, text) => {
    expect(bytes(n)).toBe(text);
  });

  it.each([
    [5000, 'just now'],
    [720_000, '12 min ago'],
    [10_800_000, '3 h ago'],
    [259_200_000, '3 d ago'],
  ])('writes %i ms as %s', (ms, text) => {
    expect(ago(ms)).toBe(text);
  });

  it('joins more than three machines in a row into a range', () => {
    expect(machineList(['web-1', 'web-2', 'web-4'])).toBe('web-1 web-2 web-4');
    expect(machineList(['web-3', 'web-1', 'web-2', 'web-4', 'db-1', 'gate'])).toBe('web-1…4 db-1 gate');
  });

  it('lines cells up by their width on a terminal, not by their length', () => {
    expect(
      columns([
        ['✔ web-1', 'x'],
        ['日本', 'y'],
      ]),
    ).toEqual(['✔ web-1  x', '日本     y']);
  });

  it('marks what was cut', () => {
    expect(clip('file:/etc/nginx', 8)).toBe('file:/e…');
    expect(clip('short', 8)).toBe('short');
  });
});
