import { describe, expect, it } from 'vitest';
import { drainedAt, planGroup, planRules } from '../../../src/cli/planRules.js';
import type { Plan, Target } from '../../../src/model/index.js';
import type { Policy } from '../../../src/policy/index.js';

const plan: Plan = {
  ...{ version: 1, fleet: 'shop', fleetUid: '01JZB2V5Q8K4T7W9X3C6D1E0FA', environment: 'prod' },
  ...{ groups: [], removed: [], gates: [] },
};
const at = '2026-03-04T12:00:00.000Z';

const nobody = { keys: [], emails: [], users: [] };

describe('the rules that a plan shows', () => {
  it('are null and empty where nothing is declared', () => {
    expect(planRules(plan, at)).toEqual({
      ...{ gates: [], windows: [], freezes: [], window: null, maxFailed: null, reconcile: null },
    });
  });

  it('say whether the window is open now', () => {
    const windows = [
      { days: ['tue', 'wed'], from: '09:00', to: '16:00', zone: 'Europe/Berlin', atClose: 'pause' },
    ] as const;
    expect(planRules({ ...plan, windows }, at).window).toMatchObject({
      ...{ open: true, until: '2026-03-04T15:00:00Z' },
    });
    expect(planRules({ ...plan, windows }, '2026-03-04T15:00:00.000Z').window).toMatchObject({
      ...{ open: false, until: '2026-03-10T08:00:00Z', closes: '2026-03-10T15:00:00Z' },
    });
  });

  it('are those of the policy, too, where its file is at hand', () => {
    const any = { approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false } as const;
    const freeze = {
      from: '2026-03-04',
      to: '2026-03-05',
      zone: 'UTC',
      because: 'audit',
      atStart: 'pause',
    } as const;
    const policy: Policy = {
      ...{
        approvers: { ann: nobody, bob: nobody },
        unsigned: true,
        external: true,
        breakGlass: [],
        override: [],
      },
      gates: [
        { ...any, before: 'rollout', approvals: 2 },
        { ...any, before: 'web' },
        { ...any, before: 'web', environment: 'dev', approvals: 3 },
      ],
      freezes: [freeze, { ...freeze, environment: 'dev' }],
    };
    const group = { group: 'web', after: [], maxParallel: 1, onFailure: 'ask', machines: [] } as const;
    const gates = [{ ...any, id: 'canary:web' }];
    const { gates: agreed, freezes, window } = planRules({ ...plan, groups: [group], gates }, at, policy);
    expect(agreed.map(({ id, approvals }) => [id, approvals])).toEqual([
      ['rollout', 2],
      ['group:web', 1],
      ['canary:web', 1],
    ]);
    expect(freezes).toEqual([freeze]);
    expect(window?.open).toBe(false);
  });

  it('are refused where too few are known to open a gate, as the run would be', () => {
    const gates = [
      { id: 'rollout', approvals: 1, from: ['ghost'], onTimeout: 'stop', unsigned: false, external: false },
    ] as const;
    const policy: Policy = {
      ...{ approvers: { ann: nobody }, unsigned: true, external: true, breakGlass: [], override: [] },
      ...{ gates: [], freezes: [] },
    };
    expect(() => planRules({ ...plan, gates }, at, policy)).toThrow('Nobody can open gate rollout');
  });

  it('name what is watched and where machines are drained, not how', () => {
    const probe = { type: 'command', name: 'error rate', run: 'x', everyMs: 1_000, maxFailed: 0 } as const;
    const strategy = { batches: [1], soakMs: 1_000, maxFailed: 0, surge: 0, probes: [probe] };
    const group = { group: 'web', after: [], maxParallel: 1, onFailure: 'ask', machines: [] } as const;
    expect(planGroup({ ...group, strategy }).strategy).toEqual({
      ...{ batches: [1], soakMs: 1_000, maxFailed: 0, surge: 0, watch: ['error rate'] },
    });
    expect(planGroup(group).strategy).toBeNull();
    const step = { at: 'lb-1', site: 'main', run: 'x', settleMs: 0, timeoutMs: 1_000 };
    const around = { drain: step, restore: { ...step, at: 'lb-2' } };
    expect(drainedAt({ around } as Target, plan)).toBe('lb-1 and lb-2');
    expect(drainedAt({} as Target, plan)).toBeNull();
    // What it would be drained from goes, too.
    const lb = { ...plan, removed: [{ machine: 'lb-1' }] } as unknown as Plan;
    expect(drainedAt({ around, action: 'destroy' } as Target, plan)).toBe('lb-1');
    expect(drainedAt({ around, action: 'destroy' } as Target, lb)).toBeNull();
    expect(drainedAt({ around, action: 'change' } as Target, lb)).toBe('lb-1 and lb-2');
  });
});
