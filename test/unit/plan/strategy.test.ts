import { describe, expect, it } from 'vitest';
import type { Manifest, ManifestAround, ManifestGate, ManifestGroup } from '../../../src/manifest/types.js';
import {
  type Base,
  batchSizes,
  existingShape,
  type Freeze,
  type MachineBase,
  type Size,
  sha256Hex,
  shapeDigest,
  type Target,
  type Window,
} from '../../../src/model/index.js';
import type { Compiled } from '../../../src/plan/assemble.js';
import { type CompileOptions, compile } from '../../../src/plan/index.js';
import { config, group, loaded, shop } from './fleet.js';

const compiled = (manifest: Manifest, options: CompileOptions = {}, base: Base = {}): Compiled => {
  const result = compile(loaded(manifest), base, options);
  if (!result.ok) throw new Error(result.problems.map((one) => one.message).join('\n'));
  return result;
};

/** The shop, its group web of `count` machines with these keys. */
const withWeb = (count: number, web: Partial<ManifestGroup>, more: Partial<Manifest> = {}): Manifest => ({
  ...shop,
  ...more,
  groups: { ...shop.groups, web: { ...shop.groups.web, count, ...web } },
});
const planned = (manifest: Manifest, options?: CompileOptions) => {
  const found = compiled(manifest, options).plan.groups.find((one) => one.group === 'web');
  if (!found) throw new Error('no group web');
  return found;
};
const target = (of: Compiled, machine: string): Target => {
  const found = of.targets.find((one) => one.ref.machine === machine);
  if (!found) throw new Error(`no target ${machine}`);
  return found;
};
const gate = (given: Partial<ManifestGate>): ManifestGate => ({
  ...{ path: 'gates[0]', approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false },
  ...given,
});

describe('sizes of batches', () => {
  it.each<[readonly Size[], number, number[]]>([
    [[1, '25%', '100%'], 40, [1, 10, 29]],
    [[1, '25%', '100%'], 3, [1, 1, 1]],
    [[1, '25%', '100%'], 1, [1]],
    [[1, '25%', '100%'], 0, []],
    [['25%'], 10, [3, 3, 3, 1]],
    [[1, 3], 8, [1, 3, 3, 1]],
    [['1%'], 4, [1, 1, 1, 1]],
    [[10], 4, [4]],
    [[], 4, [4]],
  ])('%j of %i machines are %j', (written, total, sizes) => {
    expect(batchSizes(written, total)).toEqual(sizes);
  });
});

describe('the strategy of a group', () => {
  it('is absent where the group declares none of it, and no digest differs for that', () => {
    const web = planned(withWeb(4, { rollout: { maxParallel: 10 } }));
    expect(web).not.toHaveProperty('strategy');
    const before = compiled(shop);
    const after = compiled(withWeb(2, { rollout: { maxParallel: 10, order: 'number' } }));
    expect([after.planDigest, after.intent]).toEqual([before.planDigest, before.intent]);
    for (const key of ['windows', 'freezes', 'maxFailed', 'reconcile'])
      expect(before.plan).not.toHaveProperty(key);
    expect(before.plan.gates).toEqual([]);
  });

  it('has its sizes resolved against the machines of the plan', () => {
    const rollout = { maxParallel: 10, batches: [1, '25%', '100%'], soakMs: 120_000 } as const;
    expect(planned(withWeb(8, { rollout })).strategy).toEqual({
      ...{ batches: [1, 2, 5], soakMs: 120_000, maxFailed: 0, surge: 0, probes: [] },
    });
    const only = new Set(['web-3', 'web-5']);
    expect(planned(withWeb(8, { rollout }), { only }).strategy?.batches).toEqual([1, 1]);
  });

  it('takes a share of failures of the smallest batch after the canary, rounded down', () => {
    const failing = (maxFailed: Size, batches: readonly Size[]) =>
      planned(withWeb(100, { addresses: {}, rollout: { maxParallel: 10, batches, maxFailed } })).strategy
        ?.maxFailed;
    expect(failing('10%', [1, '25%', '100%'])).toBe(2);
    expect(failing('3%', [1, '25%', '100%'])).toBe(0);
    expect(failing('10%', ['100%'])).toBe(10);
    expect(failing('10%', [1, 50])).toBe(5);
    expect(failing(3, [1, '25%'])).toBe(3);
  });

  it('says in which order machines are worked on, shuffled the same every time', () => {
    const names = (order: 'number' | 'reverse' | 'shuffled') =>
      planned(withWeb(5, { rollout: { maxParallel: 10, order } })).machines.map((one) => one.machine);
    expect(names('number')).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5']);
    expect(names('reverse')).toEqual(['web-5', 'web-4', 'web-3', 'web-2', 'web-1']);
    const digests = names('shuffled').map((name) => sha256Hex(name));
    expect(digests).toEqual([...digests].sort());
    expect(names('shuffled')).not.toEqual(names('number'));
  });
});

describe('what surrounds the change of a machine', () => {
  const step = { run: 'drain "$MACHINE"', settleMs: 20_000, timeoutMs: 60_000 };
  const around: ManifestAround = { drain: { at: 'lb-1', ...step }, restore: { at: 'lb-1', ...step } };
  const lb = group({ config: 'base', site: 'edge' });
  const fleet: Manifest = {
    ...shop,
    sites: { main: { provider: 'qemu' }, edge: { provider: 'qemu' } },
    groups: { ...shop.groups, web: { ...shop.groups.web, around }, lb },
  };

  it('is on the target of each machine, with the site that it runs at, and on no other', () => {
    const plan = compiled(fleet);
    expect(target(plan, 'web-1').around).toEqual({
      drain: { at: 'lb-1', site: 'edge', ...step },
      restore: { at: 'lb-1', site: 'edge', ...step },
    });
    expect(target(plan, 'db-1')).not.toHaveProperty('around');
    expect(target(plan, 'web-1')).not.toHaveProperty('peers');
  });

  it('brings the way to a machine that exists already', () => {
    const machines = {
      gate: {
        ...{ host: '192.0.2.10', hostKey: 'ssh-ed25519 AAAA gate', vars: {}, labels: {} },
        connect: { user: 'ops', become: 'sudo' },
      },
    } as const;
    const at = { at: 'gate', ...step };
    const web = { ...shop.groups.web, around: { drain: at, restore: at } };
    const plan = compiled({
      ...shop,
      configs: { ...shop.configs, empty: config({}) },
      sites: { ...shop.sites, office: { provider: 'static' } },
      groups: { ...shop.groups, web, edge: group({ config: 'empty', site: 'office', count: 1, machines }) },
    });
    expect(target(plan, 'web-1').around?.drain.site).toBe('office');
    expect(target(plan, 'web-1').peers).toEqual({
      gate: { host: '192.0.2.10', user: 'ops', hostKey: 'ssh-ed25519 AAAA', become: 'sudo' },
    });
    expect(target(plan, 'web-1')).not.toHaveProperty('connection');
    expect(target(plan, 'db-1')).not.toHaveProperty('peers');
  });
});

describe('what surrounds the end of a machine', () => {
  const step = { run: 'drain "$MACHINE"', settleMs: 0, timeoutMs: 60_000 };
  const around: ManifestAround = { drain: { at: 'lb-1', ...step }, restore: { at: 'lb-1', ...step } };
  const fleet = withWeb(3, { around });
  const lb = group({ config: 'base' });
  const of = (web?: Partial<ManifestGroup>): Manifest => {
    const { web: _, ...others } = fleet.groups;
    const groups = web ? { ...others, lb, web: { ...shop.groups.web, ...web } } : { ...others, lb };
    return { ...fleet, groups };
  };
  const before = compiled(of({ count: 3, around }));
  const base: Base = Object.fromEntries(
    before.targets.map(({ ref, bundle, shapeDigest: shape, site, group, protect }) => [
      ref.machine,
      { instance: ref.machine, assigned: bundle, verified: bundle, shape, site, group, protect },
    ]),
  );
  const removed = (manifest: Manifest, options?: CompileOptions, from: Base = base) =>
    target(compiled(manifest, options, from), 'web-3');

  it('is what its group declares now', () => {
    const onTarget = { drain: { at: 'lb-1', site: 'main', ...step } };
    expect(removed(of({ count: 2, around }))).toMatchObject({ action: 'destroy', around: onTarget });
    expect(removed(of({ count: 2 }), { last: { 'web-3': before.targets[0] ?? {} } })).not.toHaveProperty(
      'around',
    );
  });

  it('is what was said of it last where its group is gone', () => {
    const { around: last } = target(before, 'web-3');
    expect(removed(of(), { last: { 'web-3': { around: last } } }).around).toEqual(last);
    expect(removed(of())).not.toHaveProperty('around');
  });

  it('brings the way to a machine that exists already', () => {
    const at = { at: 'gate', ...step };
    const machines = {
      gate: {
        ...{ host: '192.0.2.10', hostKey: 'ssh-ed25519 AAAA gate', vars: {}, labels: {} },
        connect: { user: 'ops' },
      },
    } as const;
    const { groups, ...rest } = of({ count: 2, around: { drain: at, restore: at } });
    const edge = group({ config: 'empty', site: 'office', machines });
    const plan = removed({
      ...{ ...rest, groups: { ...groups, edge } },
      configs: { ...shop.configs, empty: config({}) },
      sites: { ...shop.sites, office: { provider: 'static' } },
    });
    expect(plan.peers).toMatchObject({ gate: { host: '192.0.2.10' } });
    expect(plan).not.toHaveProperty('connection');
  });

  it('is nothing for one that is only given up, and goes on as it is', () => {
    const own = { ...base['web-3'], shape: shapeDigest(existingShape) } as MachineBase;
    const given = removed(of({ count: 2, around }), {}, { ...base, 'web-3': own });
    expect(given).toMatchObject({ action: 'destroy', provider: 'static' });
    expect(given).not.toHaveProperty('around');
  });
});

describe('gates of a plan', () => {
  const rollout = { maxParallel: 10, batches: [1, '100%'] } as const;
  const ids = (gates: readonly ManifestGate[], options?: CompileOptions) =>
    compiled(withWeb(2, { rollout }, { gates }), options).plan.gates.map((one) => one.id);

  it('stand in the order in which a rollout meets them', () => {
    const gates = [gate({ after: 'canary' }), gate({ before: 'web' }), gate({ before: 'rollout' })];
    expect(ids(gates)).toEqual(['rollout', 'group:web', 'canary:web']);
    expect(ids([...gates].reverse())).toEqual(ids(gates));
  });

  it('after the canary are of groups with more than one batch, and the named one goes first', () => {
    const gates = [
      gate({ after: 'canary', external: true }),
      gate({ after: 'canary', group: 'web', approvals: 2 }),
    ];
    const plan = compiled(withWeb(2, { rollout }, { gates })).plan;
    expect(plan.gates).toEqual([
      {
        ...{ id: 'canary:web', approvals: 2, from: [], onTimeout: 'stop' },
        ...{ unsigned: false, external: false },
      },
    ]);
  });

  it('are left out where nothing comes after them: groups that are not in the plan, a canary alone', () => {
    const gates = [gate({ before: 'rollout' }), gate({ before: 'db' }), gate({ after: 'canary' })];
    expect(ids(gates, { only: new Set(['web-2']) })).toEqual(['rollout']);
  });

  it('keep who may answer, until when, and what follows', () => {
    const given = {
      before: 'rollout',
      from: ['oncall'],
      timeoutMs: 3_600_000,
      onTimeout: 'rollback',
    } as const;
    expect(compiled({ ...shop, gates: [gate(given)] }).plan.gates).toEqual([
      {
        ...{ id: 'rollout', approvals: 1, from: ['oncall'], timeoutMs: 3_600_000, onTimeout: 'rollback' },
        ...{ unsigned: false, external: false },
      },
    ]);
  });
});

describe('the policy of a plan', () => {
  const hours = { from: '09:00', to: '16:00', zone: 'Europe/Berlin' };
  const window: Window = { ...hours, days: ['mon'], atClose: 'pause' };
  const days = { from: '2026-12-18', to: '2027-01-06', zone: 'UTC' };
  const freeze: Freeze = { ...days, because: 'holidays', atStart: 'pause' };
  const reconcile = { everyMs: 1_800_000, mode: 'report', maxMachines: 5 } as const;

  it('stands in it as it was declared', () => {
    const policy = { windows: [window], freezes: [freeze], maxFailed: 3, reconcile };
    expect(compiled({ ...shop, ...policy }).plan).toMatchObject(policy);
  });

  it('makes it another intent, so that nobody approves one and gets another; a schedule does not', () => {
    const intent = (manifest: Manifest) => compiled(manifest).intent;
    const at = { at: 'db-1', run: 'true', settleMs: 0, timeoutMs: 1_000 };
    const others: Manifest[] = [
      { ...shop, windows: [window] },
      { ...shop, freezes: [freeze] },
      { ...shop, maxFailed: 3 },
      { ...shop, gates: [gate({ before: 'rollout' })] },
      withWeb(2, { rollout: { maxParallel: 10, soakMs: 1_000 } }),
      withWeb(2, { rollout: { maxParallel: 10, order: 'reverse' } }),
      withWeb(2, { around: { drain: at, restore: at } }),
    ];
    const all = [shop, ...others].map(intent);
    expect(new Set(all).size).toBe(all.length);
    expect(intent({ ...shop, reconcile })).toBe(intent(shop));
  });
});
