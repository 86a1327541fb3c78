import { expect, it } from 'vitest';
import type { Gate, MillwrightError } from '../../../src/model/index.js';
import {
  agreedGates,
  type GatedPlan,
  type MinimumGate,
  type Policy,
  requireAnswerable,
} from '../../../src/policy/index.js';

const gate = (id: string, more: Partial<Gate> = {}): Gate => ({
  ...{ id, approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false },
  ...more,
});
const minimum = (more: Partial<MinimumGate>): MinimumGate => {
  const { id: _, ...rest } = gate('');
  return { ...rest, ...more };
};
const plan = (
  gates: readonly Gate[],
  batches: Readonly<Record<string, readonly number[]>> = {},
): GatedPlan => ({
  ...{ fleetUid: 'UID', environment: 'prod', gates },
  groups: Object.entries(batches).map(([group, sizes]) => ({
    ...{ group, after: [], maxParallel: 1, onFailure: 'ask', machines: [] },
    strategy: { batches: sizes, soakMs: 0, maxFailed: 0, surge: 0, probes: [] },
  })),
});
const policy = (gates: readonly MinimumGate[], more: Partial<Policy> = {}): Policy => ({
  ...{ approvers: {}, gates, unsigned: true, external: true, breakGlass: [], override: [], freezes: [] },
  ...more,
});
const ids = (gates: readonly Gate[]) => gates.map(({ id }) => id);

it('without a policy a plan has its own gates', () => {
  const own = [gate('rollout', { unsigned: true })];
  expect(agreedGates(plan(own), undefined)).toEqual(own);
});

it('of two gates with one id the stricter of everything holds', () => {
  const own = gate('rollout', {
    ...{ approvals: 2, from: ['a', 'b'], timeoutMs: 60_000, onTimeout: 'rollback', unsigned: true },
  });
  const least = minimum({
    before: 'rollout',
    approvals: 3,
    from: ['b', 'c'],
    timeoutMs: 90_000,
    external: true,
  });
  expect(agreedGates(plan([own]), policy([least]))).toEqual([
    gate('rollout', { approvals: 3, from: ['b'], timeoutMs: 60_000, onTimeout: 'rollback' }),
  ]);
  const [merged] = agreedGates(plan([own]), policy([minimum({ before: 'rollout', timeoutMs: 30_000 })]));
  expect(merged).toMatchObject({ approvals: 2, from: ['a', 'b'], timeoutMs: 30_000, onTimeout: 'stop' });
});

it('people of whom none is in both never become everybody', () => {
  const own = gate('rollout', { from: ['a'] });
  const merge = () => agreedGates(plan([own]), policy([minimum({ before: 'rollout', from: ['b'] })]));
  expect(merge).toThrow('Nobody may answer gate rollout: one rule names a, another b.');
  try {
    merge();
  } catch (error) {
    expect((error as MillwrightError).info.code).toBe('MW-POLICY-GATE');
  }
});

it('a rule holds where it says, by the uid of the fleet', () => {
  const rules = [
    minimum({ before: 'rollout', environment: 'dev' }),
    minimum({ before: 'web', fleet: 'ANOTHER' }),
    minimum({ before: 'db', fleet: 'UID', environment: 'prod' }),
  ];
  expect(ids(agreedGates(plan([], { web: [1], db: [1] }), policy(rules)))).toEqual(['group:db']);
});

it('a gate after the canary is one for each group that has one, and stands before those that have none', () => {
  const groups = { web: [1, 3], db: [2], lb: [1, 1] };
  const after = (more: object = {}) => ids(agreedGates(plan([], groups), policy([minimum(more)])));
  expect(after()).toEqual(['canary:web', 'group:db', 'canary:lb']);
  expect(after({ group: 'web' })).toEqual(['canary:web']);
  expect(after({ group: 'db' })).toEqual(['group:db']);
  expect(after({ group: 'gone' })).toEqual([]);
});

it('plain messages answer only where the policy lets them', () => {
  const own = [gate('rollout', { unsigned: true }), gate('group:web', { external: true })];
  const flags = (more: Partial<Policy>) =>
    agreedGates(plan(own), policy([], more)).map(({ unsigned, external }) => [unsigned, external]);
  expect(flags({})).toEqual([
    [true, false],
    [false, true],
  ]);
  expect(flags({ unsigned: false })).toEqual([
    [false, false],
    [false, true],
  ]);
  expect(flags({ external: false })).toEqual([
    [true, false],
    [false, false],
  ]);
});

it.each([
  ['names fewer whom the policy knows than must agree', { approvals: 2, from: ['a', 'gone'] }, true],
  ['names nobody whom the policy knows', { from: ['gone'] }, true],
  ['asks more than there are approvers', { approvals: 3 }, true],
  ['asks as many as there are', { approvals: 2 }, false],
  ['can be answered without a signature', { approvals: 3, external: true }, false],
])('a gate that %s is known before the run waits there for ever', (_, more, refused) => {
  const approver = { keys: [], emails: [], users: [] };
  const check = () =>
    requireAnswerable([gate('rollout', more)], policy([], { approvers: { a: approver, b: approver } }));
  if (refused) expect(check).toThrow(/^Nobody can open gate rollout: \d must agree/);
  else expect(check).not.toThrow();
});
