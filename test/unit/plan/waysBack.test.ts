import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/types.js';
import type { Base, RollbackRung, Target } from '../../../src/model/index.js';
import { Renderer } from '../../../src/plan/expression.js';
import { type Compiled, type CompileOptions, compile, verifiedBundles } from '../../../src/plan/index.js';
import { Problems } from '../../../src/plan/problems.js';
import { resolveResource } from '../../../src/plan/resolve.js';
import { Texts } from '../../../src/plan/texts.js';
import { loaded, resource, shop, withResource } from './fleet.js';

function compiled(manifest: Manifest, base: Base = {}, options: CompileOptions = {}): Compiled {
  const result = compile(loaded(manifest), base, options);
  if (!result.ok) throw new Error(result.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
  return result;
}

const first = compiled(shop);

/** What a finished run of a plan leaves behind, every verification passed. */
const base: Base = Object.fromEntries(
  first.targets.map(({ ref, bundle, shapeDigest, site, group, protect }) => [
    ref.machine,
    {
      ...{ instance: `x/dev/${ref.machine}@01J`, assigned: bundle, verified: bundle, shape: shapeDigest },
      ...{ site, group, protect },
    },
  ]),
);
const shapes = Object.fromEntries(first.targets.map((one) => [one.shapeDigest, one.shape]));
const known = { shapes, outlines: first.bundles };

const withRungs = (rollback: readonly RollbackRung[], of: Manifest = shop): Manifest => {
  const { web } = of.groups;
  if (!web) throw new Error('no group web');
  return { ...of, groups: { ...of.groups, web: { ...web, rollback } } };
};
const ways = ({ targets }: Compiled, machine: string): Pick<Target, 'rungs' | 'cannotUndo'> => {
  const found = targets.find((one) => one.ref.machine === machine);
  if (!found) throw new Error(`no target ${machine}`);
  return { rungs: found.rungs, cannotUndo: found.cannotUndo };
};
const all: RollbackRung[] = ['restore', 'snapshot', 'replace'];
const snapshot = {
  rung: 'snapshot',
  discards: "all that was written on web-1's disks since the change began",
} as const;
const replace = { rung: 'replace', discards: 'everything on web-1 but its kept disks' } as const;

const file = withResource({ type: 'file', id: 'file:/etc/new', file: '/etc/new', content: 'new\n' });
const migration = withResource({
  ...{ type: 'command', id: 'command:migrate', name: 'migrate', run: 'migrate', once: true },
});

describe('the ways back of a machine', () => {
  it('are those that its group names, with what they discard', () => {
    expect(ways(compiled(file, base, known), 'web-1')).toEqual({
      rungs: [{ rung: 'restore' }],
      cannotUndo: [],
    });
    expect(ways(compiled(withRungs(all, file), base, known), 'web-1').rungs).toEqual([
      { rung: 'restore' },
      snapshot,
      replace,
    ]);
  });

  it('can not be taken where nothing was ever verified', () => {
    const unreachable = 'nothing verified to return to';
    const rungs = [
      { rung: 'restore', unreachable },
      { ...snapshot, unreachable },
      { ...replace, unreachable },
    ];
    expect(ways(compiled(withRungs(all)), 'web-1').rungs).toEqual(rungs);
    const unproved = { 'web-1': { ...base['web-1'], verified: null } } as Base;
    expect(ways(compiled(withRungs(all, file), unproved, known), 'web-1').rungs).toEqual(rungs);
  });

  it('do not include restore where a step that can not be undone is new, and name the step', () => {
    const plan = compiled(withRungs(all, migration), base, known);
    expect(ways(plan, 'web-1')).toEqual({
      rungs: [{ rung: 'restore', unreachable: "can't undo command:migrate" }, snapshot, replace],
      cannotUndo: ['command:migrate'],
    });
    expect(ways(plan, 'db-1')).toEqual({ rungs: [{ rung: 'restore' }], cannotUndo: [] });
  });

  it('do not include restore where such a step differs, and do where it is as it was verified', () => {
    const { db } = shop.configs;
    const edited = (id: string, more: object): Manifest => ({
      ...shop,
      configs: {
        ...shop.configs,
        db: { ...db, resources: db.resources.map((one) => (one.id === id ? { ...one, ...more } : one)) },
      },
    });
    const password = 'command:set password of role shop';
    const other = compiled(edited(password, { run: 'psql' }), base, known);
    expect(ways(other, 'db-1').cannotUndo).toEqual([password]);
    const config = 'file:/etc/postgresql/15/main/pg_hba.conf';
    const same = compiled(edited(config, { content: 'local all all peer\n' }), base, known);
    expect(ways(same, 'db-1')).toEqual({ rungs: [{ rung: 'restore' }], cannotUndo: [] });
  });

  it('count every such step as new where the store does not know what was verified', () => {
    const changed = { ...shop, vars: { domain: 'shop.example' } };
    const plan = compiled(withRungs(['restore'], migration), base, { shapes });
    expect(ways(plan, 'web-1').cannotUndo).toEqual(['command:migrate']);
    expect(ways(compiled(changed, base, { shapes }), 'db-1').cannotUndo).toEqual([]);
    expect(ways(compiled(shop), 'db-1').cannotUndo).toEqual(['command:set password of role shop']);
  });

  it('are compared with what was verified, not with what was admitted since', () => {
    const next = compiled(migration, base, known);
    const [bundle] = next.targets.filter((one) => one.ref.machine === 'web-1').map((one) => one.bundle);
    const failed = { ...base, 'web-1': { ...base['web-1'], assigned: bundle } } as Base;
    expect(ways(compiled(migration, failed, known), 'web-1').cannotUndo).toEqual(['command:migrate']);
  });

  it('are only to replace once more where the machine is replaced', () => {
    const plan = compiled(withRungs(all), base, { ...known, replace: new Set(['web-1']) });
    const unreachable = 'it is replaced: of what there was before, nothing is left';
    expect(ways(plan, 'web-1').rungs).toEqual([
      { rung: 'restore', unreachable },
      { ...snapshot, unreachable },
      replace,
    ]);
  });

  it('are none for what is destroyed', () => {
    const { db } = shop.groups;
    expect(ways(compiled({ ...shop, groups: { db } }, base, known), 'web-1')).toEqual({
      rungs: [],
      cannotUndo: [],
    });
  });

  it('need to know each verified bundle once', () => {
    expect(verifiedBundles(base).sort()).toEqual([...first.bundles.keys()].sort());
    expect(verifiedBundles({ 'web-1': { ...base['web-1'], verified: null } } as Base)).toEqual([]);
  });
});

describe('the intent of a plan', () => {
  it('covers what happens on failure and the ways back, not whether they can be taken', () => {
    const policy = { ...shop, groups: { ...shop.groups, web: { ...shop.groups.web, onFailure: 'stop' } } };
    const intents = [shop, policy as Manifest, withRungs(all)].map(
      (one) => compiled(one, base, known).intent,
    );
    expect(new Set(intents).size).toBe(3);
    expect(compiled(shop).intent).toBe(intents[0]);
    expect(compiled(withRungs(all)).intent).toBe(intents[2]);
  });
});

describe('a risky resource', () => {
  const resolved = (risky: boolean) => {
    const sshd = { type: 'file', id: 'file:/etc/ssh/sshd_config', file: '/etc/ssh/sshd_config' } as const;
    const texts = new Texts('at', {}, new Renderer(), new Problems(loaded()));
    const around = { people: {}, sources: {}, blobs: {}, trees: {}, hosts: [], services: [] };
    return resolveResource(resource('at', { ...sshd, content: 'x', risky }), texts, around);
  };

  it('says so to its type, and others say nothing', () => {
    expect(resolved(true)).toMatchObject({ type: 'file', risky: true });
    expect(Object.keys(resolved(false) ?? {})).not.toContain('risky');
  });
});
