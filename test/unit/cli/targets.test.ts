import { describe, expect, it } from 'vitest';
import { type Candidate, selectTargets } from '../../../src/cli/targets.js';

const machine = (name: string, more: Partial<Candidate> = {}): Candidate => ({
  machine: name,
  group: name.replace(/-\d+$/, ''),
  labels: {},
  outcome: 'applied',
  debts: [],
  ...more,
});

const fleet = [
  machine('db-1', { debts: ['reload service:postgresql'] }),
  machine('web-1', { labels: { tier: 'front' }, drifted: true }),
  machine('web-2', { labels: { tier: 'front' }, outcome: 'failed' }),
  machine('web-3', { labels: { tier: 'front' }, outcome: 'owed' }),
  machine('web-10', { labels: { tier: 'back' }, outcome: 'unknown' }),
];

const chosen = (patterns: string[], except: string[] = []): string[] =>
  selectTargets(patterns, except, fleet).map((one) => one.machine);

describe('TARGET', () => {
  it.each([
    [['web-2'], 'web-2'],
    [['web'], 'web-1 web-2 web-3 web-10'],
    [['web[1-3]'], 'web-1 web-2 web-3'],
    [['web[1,10]'], 'web-1 web-10'],
    [['web[1-2,10]'], 'web-1 web-2 web-10'],
    [['tier=front'], 'web-1 web-2 web-3'],
    [['@failed'], 'web-2 web-10'],
    [['@owed'], 'db-1 web-3'],
    [['@drifted'], 'web-1'],
    [['web-2', 'db'], 'db-1 web-2'],
    [[], 'db-1 web-1 web-2 web-3 web-10'],
  ])('%j names %s', (patterns, names) => {
    expect(chosen(patterns).join(' ')).toBe(names);
  });

  it('leaves out what --except names', () => {
    expect(chosen(['web'], ['@failed', 'web[3]'])).toEqual(['web-1']);
  });

  it('keeps the order of the fleet, whatever the order of the patterns, and names no machine twice', () => {
    expect(chosen(['web-10', 'web[1-10]', 'db-1', 'db'])).toEqual([
      'db-1',
      'web-1',
      'web-2',
      'web-3',
      'web-10',
    ]);
  });

  it('answers nobody for a state that nobody is in', () => {
    expect(selectTargets(['@failed'], [], [machine('db-1')])).toEqual([]);
  });

  it.each([
    ['wbe-2', 'wbe-2 names no machine. Did you mean "web-2"?'],
    ['web-7', 'web-7 names no machine. Did you mean "web-1"?'],
    ['tier=fromt', 'tier=fromt names no machine. Did you mean "tier=front"?'],
    ['cache', 'cache names no machine.'],
    ['web[4-9]', 'web[4-9] names no machine.'],
    ['web[3-1]', 'web[3-1] holds no range of numbers.'],
    ['web[1--2]', 'web[1--2] holds no range of numbers.'],
    ['@faild', '@faild is no state to choose machines by. Did you mean "failed"?'],
    ['@lost', '@lost is no state to choose machines by.'],
  ])('refuses %s by name', (pattern, message) => {
    expect(() => chosen([pattern])).toThrow(message);
  });

  it('refuses an unknown name in --except too, as a spared machine must not be hit by a typing error', () => {
    expect(() => chosen(['web'], ['web-11'])).toThrow('web-11 names no machine.');
  });
});
