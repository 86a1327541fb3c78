import { describe, expect, it } from 'vitest';
import { exitOfFailure, exitOfOutcomes, exitOfRun, parseExitMap, worst } from '../../../src/cli/exit.js';

describe('exit status', () => {
  it.each([
    [[0, 8], 8],
    [[8, 3], 3],
    [[3, 9], 9],
    [[9, 5], 5],
    [[5, 1], 1],
    [[1, 7], 7],
    [[7, 6, 0], 6],
    [[0, 0], 0],
    [[], 0],
    [[0, 130], 130],
  ])('is the worst of %j: %i', (codes, code) => {
    expect(worst(codes)).toBe(code);
  });

  it.each([
    [['applied', 'aligned', 'destroyed'], 0],
    [['applied', 'failed'], 1],
    [['applied', 'owed'], 8],
    [['failed', 'unknown', 'skipped'], 7],
    [['cancelled', 'owed'], 1],
    [['rolled-back-verified', 'skipped', 'applied'], 5],
    [['rolled-back-verified', 'failed'], 1],
    [['rolled-back-verified', 'rollback-failed', 'unknown'], 6],
  ] as const)('of a run that ended %j is %i', (outcomes, code) => {
    expect(exitOfOutcomes([...outcomes])).toBe(code);
  });

  it.each([
    ['succeeded', 0],
    ['failed', 1],
    ['stopped', 1],
    ['cancelled', 1],
    ['terminated', 1],
    ['rolled-back-verified', 5],
    ['rollback-failed', 6],
    ['rejected', 9],
    ['missed', 9],
    ['refused', 9],
    [null, 0],
  ] as const)('of a run that as a whole %s is %i', (outcome, code) => {
    expect(exitOfRun(outcome)).toBe(code);
  });

  it.each([
    ['MW-USAGE', 'change', 2],
    ['MW-MANIFEST-SYNTAX', 'change', 2],
    ['MW-STORE-MISSING', 'infrastructure', 7],
    ['MW-ENGINE-UNREACHABLE', 'infrastructure', 7],
    ['MW-BUSY', 'change', 9],
    ['MW-REFUSED-RETRY', 'change', 9],
    ['MW-REFUSED-ROLLED-BACK', 'change', 9],
    ['MW-ENGINE-SILENT', 'infrastructure', 7],
    ['MW-PROTECT', 'change', 9],
    ['MW-SSH-AUTH', 'machine', 1],
    ['MW-SSH-TIMEOUT', 'unreachable', 7],
    ['MW-STATIC-REFUSED', 'change', 9],
  ] as const)('of %s (%s) is %i', (code, cause, exit) => {
    expect(exitOfFailure(code, cause)).toBe(exit);
  });

  it('can be mapped for CI', () => {
    expect([...(parseExitMap('8=0, 3=0') ?? [])]).toEqual([
      [8, 0],
      [3, 0],
    ]);
    expect(parseExitMap('8')).toBeUndefined();
    expect(parseExitMap('8=256')).toBeUndefined();
  });
});
