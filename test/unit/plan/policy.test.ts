import { describe, expect, it } from 'vitest';
import type { Manifest, ManifestGroup } from '../../../src/manifest/types.js';
import { type Compiled, compile, diffPolicy } from '../../../src/plan/index.js';
import { group, loaded, shop } from './fleet.js';

const planned = (groups: Manifest['groups']): Compiled => {
  const result = compile(loaded({ ...shop, groups }), {});
  if (!result.ok) throw new Error('problems');
  return result;
};
const { db, web } = shop.groups;
const before = planned({ db, web });

describe('the difference of policy between two plans', () => {
  it('is nothing where groups are treated as before, or are in one of them only', () => {
    expect(diffPolicy(before, before)).toEqual([]);
    const vars = { domain: 'shop.example' };
    expect(diffPolicy(before, planned({ db, web: { ...web, vars, count: 3 } }))).toEqual([]);
    expect(diffPolicy(planned({ db }), before)).toEqual([]);
    expect(diffPolicy(before, planned({ db }))).toEqual([]);
  });

  it('names what happens on failure, the ways back, the pace and the order, per group', () => {
    const cautious = { ...web, onFailure: 'rollback', rollback: ['restore', 'replace'] } as const;
    const after = planned({
      db: { ...db, onFailure: 'stop' },
      web: { ...cautious, after: [], rollout: { maxParallel: 2 } },
      extra: group({ config: 'base', image: 'debian12' }),
    });
    expect(diffPolicy(before, after)).toEqual([
      { mark: 'change', id: 'group db', text: 'onFailure ask → stop', diff: [] },
      {
        ...{ mark: 'change', id: 'group web', diff: [] },
        text: 'onFailure ask → rollback, rollback restore → restore then replace, maxParallel 10 → 2, after db → none',
      },
    ]);
  });

  const spread = (web: Partial<ManifestGroup>, more: Partial<Manifest> = {}): Compiled => {
    const groups = { ...shop.groups, web: { ...shop.groups.web, count: 4, ...web } };
    const result = compile(loaded({ ...shop, ...more, groups }), {});
    if (!result.ok) throw new Error('problems');
    return result;
  };
  const texts = (was: Compiled, now: Compiled) =>
    diffPolicy(was, now).map(({ mark, id, text }) => `${mark} ${id}: ${text}`);

  it('names how a group spreads and what surrounds its machines', () => {
    const step = { at: 'db-1', run: 'drain', settleMs: 0, timeoutMs: 1_000 };
    const around = { drain: step, restore: step };
    const other = { ...around, restore: { ...step, run: 'ready' } };
    const probe = { type: 'command', name: 'errors', run: 'x', everyMs: 1_000, maxFailed: 0 } as const;
    const rollout = { maxParallel: 10, batches: [1, '100%'], soakMs: 120_000, watch: [probe] } as const;
    const plain = spread({});
    expect(texts(plain, spread({ rollout: { maxParallel: 10, batches: ['100%'] } }))).toEqual([]);
    expect(
      texts(plain, spread({ rollout: { ...rollout, maxFailed: 1, surge: 1, order: 'reverse' }, around })),
    ).toEqual([
      'change group web: batches one → 1 3, soak 0s → 120s, maxFailed 0 → 1, surge 0 → 1, watch none → errors, order number → reverse, around none → db-1',
    ]);
    const twice = { ...rollout, watch: [{ ...probe, maxFailed: 2 }] };
    expect(texts(spread({ rollout, around }), spread({ rollout: twice, around: other }))).toEqual([
      'change group web: watch errors differs, around db-1 differs',
    ]);
  });

  it('names gates, windows, freezes and budgets that came, went or differ', () => {
    const gate = { approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false } as const;
    const window = {
      days: ['mon', 'tue'],
      from: '09:00',
      to: '16:00',
      zone: 'UTC',
      atClose: 'pause',
    } as const;
    const freeze = {
      from: '2026-12-18',
      to: '2027-01-06',
      zone: 'UTC',
      because: 'x',
      atStart: 'finish',
    } as const;
    const was = spread(
      {},
      {
        gates: [
          { ...gate, path: 'gates[0]', before: 'rollout' },
          { ...gate, path: 'gates[1]', before: 'db' },
        ],
        windows: [window],
        maxFailed: 3,
      },
    );
    const now = spread(
      {},
      {
        gates: [
          {
            ...gate,
            path: 'gates[0]',
            before: 'rollout',
            approvals: 2,
            timeoutMs: 60_000,
            from: ['ada', 'bob'],
          },
          { ...gate, path: 'gates[1]', before: 'web', external: true },
        ],
        windows: [{ ...window, startBy: '15:00' }],
        freezes: [freeze],
        reconcile: { everyMs: 60_000, mode: 'enforce', maxMachines: 5 },
      },
    );
    expect(texts(was, was)).toEqual([]);
    expect(texts(was, now)).toEqual([
      'change gate rollout: 1 of all approvers → 2 of ada, bob; stop after 60s',
      'add gate group:web: 1 of all approvers; external',
      'remove gate group:db: 1 of all approvers',
      'add window: mon tue 09:00–16:00 UTC, begun by 15:00, then pause',
      'remove window: mon tue 09:00–16:00 UTC, then pause',
      'add freeze: 2026-12-18 to 2027-01-06 UTC, finish: x',
      'change maxFailed of the rollout: 3 → none',
      'change reconcile: none → enforce every 60s, up to 5',
    ]);
  });
});
