import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/types.js';
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
});
