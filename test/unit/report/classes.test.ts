import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectTargets } from '../../../src/cli/targets.js';
import type { MachineOutcome } from '../../../src/model/index.js';
import { atMost, classesOf, machineRanges, normalised, signaturesOf } from '../../../src/report/index.js';
import { outcome } from './fixtures.js';

const web = (count: number): string[] => Array.from({ length: count }, (_, n) => `web-${n + 1}`);

describe('names of many machines', () => {
  it.each([
    [['web-1'], 'web-1'],
    [['web-2', 'web-1'], 'web-[1-2]'],
    [['db-1', 'web-3', 'gate', 'web-1'], 'db-1 web-[1,3] gate'],
    [web(500).filter((name) => name !== 'web-98'), 'web-[1-97,99-500]'],
    [['node-01', 'node-2'], 'node-2 node-01'],
    [[], ''],
  ])('of %j are ranges', (names, text) => {
    expect(machineRanges(names)).toBe(text);
  });

  it('are counted where they do not fit, and none is lost', () => {
    const odd = web(20_000).filter((_, n) => n % 2 === 0);
    const text = machineRanges(odd, 40);
    expect(text.length).toBeLessThan(60);
    const [, listed = '', more = ''] = /^web-\[(.*)\] and (\d+) more$/.exec(text) ?? [];
    expect(listed.split(',').length + Number(more)).toBe(10_000);
  });

  it('can be typed as a TARGET: it chooses the same machines', () => {
    const all = web(60).map((machine) => ({
      ...{ machine, group: 'web', labels: {}, outcome: null, debts: [] },
    }));
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (numbers) => {
        const names = numbers.map((n) => `web-${n}`);
        const chosen = selectTargets([machineRanges(names, 500)], [], all).map((one) => one.machine);
        expect(new Set(chosen)).toEqual(new Set(names));
      }),
    );
  });
});

describe('messages', () => {
  it.each([
    ['web-12: no answer on 10.77.0.22:22 for 4m00s', 'web-1: no answer on 10.77.9.1:2222 for 58s'],
    ['inode 99 of /dev/vdb1, 3.5 MiB left', 'inode 1 of /dev/vdb2, 12 MiB left'],
    ['[fe80::1%eth0]:22 refused', '[fe80::2:1a%eth1]:22 refused'],
    [
      'answered SHA256:9fAb1E+x= at 2026-03-04T12:00:00.123Z',
      'answered SHA256:kq3Zx0 at 2026-03-04T12:00:09Z',
    ],
    ['bundle 8be0d17e is not 3f2a9c1d', 'bundle 77aa00ff is not 1234abcd'],
    ['change 01JZB2V5Q8K4T7W9X3C6D1E0FA runs', 'change 01JZB2V5Q8K4T7W9X3C6D1E0FB runs'],
  ])('%s and %s are the same', (a, b) => {
    expect(normalised(a, 'web-12')).toBe(normalised(b, 'web-1'));
  });

  it.each([
    ['nginx is not installed', 'nginx is not running'],
    ['web-1 did not answer', 'the mirror did not answer'],
    ['std::vector said no', 'std::map said no'],
  ])('%s and %s are not', (a, b) => {
    expect(normalised(a, 'web-1')).not.toBe(normalised(b, 'web-1'));
  });

  it('name another machine than their own by its number only', () => {
    expect(normalised('web-1 waits for web-10', 'web-1')).toBe('<machine> waits for web-<n>');
  });
});

const failing = (machine: string, message: string, more: Partial<MachineOutcome> = {}): MachineOutcome =>
  outcome(machine, {
    outcome: 'failed',
    phase: 'provision',
    failure: { code: 'MW-CHANGE-COMMAND', cause: 'change', step: 'command:x', message },
    ...more,
  });

describe('failures', () => {
  it('alike in all but names and numbers are one, the most frequent first', () => {
    const some = [
      failing('db-1', 'disk full'),
      ...web(999).map((name, n) => failing(name, `${name}: port ${n} is taken`)),
      outcome('web-1000'),
    ];
    const signatures = signaturesOf(some);
    expect(signatures.map(({ message, machines }) => [message, machines.length])).toEqual([
      ['<machine>: port <n> is taken', 999],
      ['disk full', 1],
    ]);
    expect(signatures[0]?.first.machine).toBe('web-1');
  });

  it('of another code, step or end are others', () => {
    const other = failing('web-2', 'no').failure;
    if (!other) throw new Error('it failed');
    expect(
      signaturesOf([
        failing('web-1', 'no'),
        failing('web-2', 'no', { failure: { ...other, code: 'MW-CHANGE-VALIDATE' } }),
        failing('web-3', 'no', { failure: { ...other, step: 'command:y' } }),
        failing('web-4', 'no', { outcome: 'rolled-back-verified' }),
      ]),
    ).toHaveLength(4);
  });
});

describe('classes', () => {
  it('of ten thousand machines are few, failures first, and no machine is in two or none', () => {
    const names = web(10_000);
    const classes = classesOf(
      names.map((machine, n) => ({ machine, n })),
      ({ machine, n }) =>
        n % 100 === 7
          ? { rank: 0, kind: 'web', text: `${machine} failed at step ${n}` }
          : { rank: 1, kind: 'web', text: 'verified' },
    );
    expect(classes.map(({ text, machines }) => [text, machines.length])).toEqual([
      ['<machine> failed at step <n>', 100],
      ['verified', 9900],
    ]);
    expect(new Set(classes.flatMap((one) => one.machines))).toEqual(new Set(names));
  });

  it('keep kinds apart', () => {
    const some = ['web-1', 'db-1'].map((machine) => ({ machine }));
    const classes = classesOf(some, ({ machine }) => ({ rank: 0, kind: machine, text: 'verified' }));
    expect(classes.map((one) => one.machines)).toEqual([['web-1'], ['db-1']]);
  });

  it('beyond what fits are counted', () => {
    const rest = (left: readonly number[]): string => `and ${left.length} more`;
    const lines = (most: number) => atMost([1, 2, 3], most, (one) => [`line ${one}`], rest);
    expect(lines(3)).toEqual(['line 1', 'line 2', 'line 3']);
    expect(lines(2)).toEqual(['line 1', 'and 2 more']);
  });
});
