import { describe, expect, it } from 'vitest';
import type { Manifest } from '../../../src/manifest/types.js';
import {
  type Base,
  type Bundle,
  type BundleOutline,
  canonicalJson,
  type StepRecord,
} from '../../../src/model/index.js';
import { diffBundles } from '../../../src/plan/diff.js';
import {
  type BaseBundles,
  baseBundleIds,
  type Compiled,
  changedBaseSteps,
  compile,
  diffPlan,
  partsText,
  recordOf,
  renderBundle,
} from '../../../src/plan/index.js';
import { unifiedDiff } from '../../../src/plan/lines.js';
import { config, loaded, resource, shop } from './fleet.js';

const compiled = (manifest: Manifest, base: Base = {}, sources = {}): Compiled => {
  const result = compile(loaded(manifest, sources), base);
  if (!result.ok) throw new Error(result.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
  return result;
};

const first = compiled(shop);
const base: Base = Object.fromEntries(
  first.targets.map(({ ref, bundle, shapeDigest, site, group, protect }) => [
    ref.machine,
    { instance: ref.machine, assigned: bundle, verified: bundle, shape: shapeDigest, site, group, protect },
  ]),
);
/** As if read from the store: only what canonical JSON keeps. */
const parsed = <T>(value: T): T => JSON.parse(canonicalJson(value)) as T;
const outlines = new Map<string, BundleOutline>(
  [...first.bundles].map(([id, bundle]) => [id, parsed(bundle)]),
);
const records = new Map<string, StepRecord>(
  [...first.bundles.values()].flatMap((one) =>
    one.steps.map((step) => [step.hash, parsed(recordOf(step))] as const),
  ),
);
const stored: BaseBundles = { outlines, steps: records };

const items = (manifest: Manifest, machine: string, sources = {}, of = stored) =>
  diffPlan(compiled(manifest, base, sources), of).get(machine);
const web = (more: Partial<Manifest['configs'][string]>): Manifest => ({
  ...shop,
  configs: { ...shop.configs, web: { ...shop.configs.web, ...more } },
});
const { resources } = shop.configs.web;

describe('a plan compared with what machines were admitted to', () => {
  it('has no difference where the bundle is the same', () => {
    expect(items(shop, 'web-1')).toEqual([]);
    expect(baseBundleIds(compiled(shop, base))).toEqual([]);
  });

  it('shows changed content as a unified diff, and the handler that it causes', () => {
    const sources = { 'files/shop.conf': 'server {\n  server_name shop;\n  listen 80;\n}\n' };
    const conf = [
      { mark: 'change', id: 'file:/etc/nginx/conf.d/shop.conf', text: '' },
      { mark: 'run', id: 'service:nginx', text: 'reload, because file:/etc/nginx/conf.d/shop.conf changed' },
    ];
    const found = items(shop, 'web-1', sources);
    expect(found).toMatchObject(conf);
    expect(found?.[0]?.diff).toEqual([
      '@@ -1,6 +1,4 @@',
      ' server {',
      '-  server_name shop.localhost;',
      '-  # web-1 10.77.0.20',
      '-  # web-2 10.77.0.21',
      '-  worker_connections 256;',
      '+  server_name shop;',
      '+  listen 80;',
      ' }',
    ]);
  });

  it('gives machines with the same difference equal items', () => {
    const plan = diffPlan(compiled(shop, base, { 'files/shop.conf': 'x\n' }), stored);
    expect(plan.get('web-2')).toEqual(plan.get('web-1'));
    expect(plan.get('db-1')).toEqual([]);
  });

  it('shows attributes that fit on a line', () => {
    const conf = { ...resources[1], owner: 'root', mode: '0600' } as (typeof resources)[number];
    const [item] = items(web({ resources: resources.with(1, conf) }), 'web-1') ?? [];
    expect(item).toMatchObject({ mark: 'change', text: 'owner none → root, mode none → 600', diff: [] });
  });

  it('names what is new and what is no longer managed', () => {
    const added = resource('configs.web.resources[0]', {
      ...{ type: 'package', id: 'package:haproxy', name: 'haproxy', version: '2.6.12-1' },
    });
    expect(items(web({ resources: resources.with(0, added) }), 'web-1')).toEqual([
      { mark: 'add', id: 'package:haproxy', text: '→ 2.6.12-1', diff: [] },
      {
        mark: 'remove',
        id: 'package:nginx-light',
        text: 'no longer managed: it stays; `absent: true` would remove it',
        diff: [],
      },
    ]);
  });

  it('shows other checks, another source of a secret and another order', () => {
    const [tcp] = shop.configs.db.verify;
    const verify = [{ ...tcp, withinMs: 20_000 } as typeof tcp].flatMap((one) => one ?? []);
    const db = { ...shop.configs.db, verify };
    expect(items({ ...shop, configs: { ...shop.configs, db } }, 'db-1')).toEqual([
      { mark: 'change', id: 'verify tcp:5432 from inside', text: 'is checked otherwise', diff: [] },
    ]);
    expect(items({ ...shop, secrets: { dbPassword: { file: '/run/pw' } } }, 'db-1')).toEqual([
      { mark: 'change', id: 'secret dbPassword', text: 'env SHOP_DB_PASSWORD → file /run/pw', diff: [] },
    ]);
    const [a, b, ...rest] = resources;
    expect(items(web({ resources: [b, a, ...rest].flatMap((one) => one ?? []) }), 'web-1')).toEqual([
      { mark: 'change', id: 'order', text: 'the same steps in another order', diff: [] },
    ]);
  });

  it('shows a secret by its name', () => {
    const secret = resource('configs.web.resources[3]', {
      ...{ type: 'file', id: 'file:/etc/pw', file: '/etc/pw', content: 'pw=${{ secrets.dbPassword }}\n' },
    });
    const [item] = items(web({ resources: [...resources, secret] }), 'web-1') ?? [];
    expect(item?.diff).toEqual(['@@ -0,0 +1 @@', '+pw=«secret dbPassword»']);
  });

  it('says so where the old bundle or step is not in the store', () => {
    const changed = { 'files/shop.conf': 'x\n' };
    const nothing = { outlines: new Map(), steps: new Map() };
    expect(items(shop, 'web-1', changed, nothing)).toMatchObject([{ mark: 'change', id: 'bundle' }]);
    const [item] = items(shop, 'web-1', changed, { ...nothing, outlines }) ?? [];
    expect(item?.text).toBe('what it was before is not in this store');
  });

  it('asks for the bundles and steps it needs and no others', () => {
    const next = compiled(shop, base, { 'files/shop.conf': 'x\n' });
    expect(baseBundleIds(next)).toEqual([base['web-1']?.assigned, base['web-2']?.assigned]);
    const needed = changedBaseSteps(next, outlines);
    expect(needed).toHaveLength(1);
    expect(
      diffPlan(next, {
        outlines,
        steps: new Map(needed.map((hash) => [hash, records.get(hash) as StepRecord])),
      }),
    ).toEqual(diffPlan(next, stored));
  });

  it('lists every step of a machine that was never provisioned', () => {
    const fresh = diffPlan(first, stored).get('db-1');
    expect(fresh?.map((one) => [one.mark, one.id]).slice(0, 2)).toEqual([
      ['add', 'user:deploy'],
      ['add', 'file:/etc/motd'],
    ]);
  });
});

describe('a unified diff', () => {
  it('is empty for equal texts', () => expect(unifiedDiff('a\nb\n', 'a\nb\n')).toEqual([]));

  it('keeps three lines of context and splits what is far apart', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i + 1}`);
    const before = `${lines.join('\n')}\n`;
    const after = before.replace('line 3\n', 'line three\n').replace('line 18\n', '');
    expect(unifiedDiff(before, after)).toEqual([
      '@@ -1,6 +1,6 @@',
      ...[' line 1', ' line 2', '-line 3', '+line three', ' line 4', ' line 5', ' line 6'],
      '@@ -15,6 +15,5 @@',
      ...[' line 15', ' line 16', ' line 17', '-line 18', ' line 19', ' line 20'],
    ]);
  });

  it('shows a newline that is missing at the end', () => {
    expect(unifiedDiff('a\n', 'a')).toEqual(['@@ -1 +1 @@', '-a', '+a  (no newline at the end)']);
  });

  it('gives up on finding what very long texts share', () => {
    const many = (prefix: string) => Array.from({ length: 3000 }, (_, i) => `${prefix} ${i}\n`).join('');
    expect(unifiedDiff(many('a'), many('b'))).toHaveLength(6001);
  });
});

describe('a sensitive step', () => {
  const treasure = (content: string, more = {}) =>
    web({
      resources: [
        resource('configs.web.resources[0]', {
          ...{ type: 'file', id: 'file:/etc/gold', file: '/etc/gold', mode: '600', sensitive: true },
          ...{ content, ...more },
        }),
        resource('configs.web.resources[1]', {
          ...{ type: 'command', id: 'command:dig', name: 'dig', run: 'dig --for treasure', once: true },
          ...{ env: { WHERE: 'treasure island' }, stdin: 'treasure\n', sensitive: true },
        }),
      ],
    });

  it('is rendered with digests only', () => {
    const machine = compiled(treasure('treasure\n'));
    const bundle = machine.bundles.get(
      machine.targets.find(({ ref }) => ref.machine === 'web-1')?.bundle ?? '',
    );
    const text = partsText(bundle ? renderBundle(bundle) : []);
    expect(text).not.toContain('treasure');
    expect(text).toContain('  content «sensitive, sha256 ');
    expect(text).toContain('  mode 600\n');
  });

  it('differs by digests only, whether it is new or changed', () => {
    const before = compiled(treasure('old treasure\n'));
    const after = compiled(treasure('new treasure\n', { mode: '640' }));
    const bundleOf = (one: Compiled) =>
      one.bundles.get(one.targets.find(({ ref }) => ref.machine === 'web-1')?.bundle ?? '') as BundleOutline &
        Bundle;
    const steps = new Map(
      [...bundleOf(before).steps, ...bundleOf(after).steps].map((step) => [step.hash, recordOf(step)]),
    );
    const found = diffBundles(bundleOf(before), bundleOf(after), (hash) => steps.get(hash));
    expect(found).toEqual([
      {
        ...{ mark: 'change', id: 'file:/etc/gold', diff: [] },
        text: expect.stringMatching(
          /^content «sensitive, sha256 \w{16}» → «sensitive, sha256 \w{16}», mode 600 → 640$/,
        ),
      },
    ]);
    expect(JSON.stringify(items(treasure('treasure'), 'web-1'))).not.toContain('treasure');
  });
});

describe('a step for some machines', () => {
  it('says which, where it is new', () => {
    const link = resource('configs.web.resources[9]', {
      ...{ type: 'link', id: 'link:/a', link: '/a', to: '/b', when: 'os.family == "debian"' },
    });
    const added = { mark: 'add', id: 'link:/a', text: 'when os.family == "debian"', diff: [] };
    expect(items(web({ resources: [...(resources ?? []), link] }), 'web-1')).toEqual([added]);
    const anew = compiled(web({ resources: [link] }));
    expect(diffPlan(anew, stored).get('web-1')).toContainEqual(added);
  });
});

describe('a rendered bundle', () => {
  const bundleOf = (machine: string) => {
    const target = first.targets.find((one) => one.ref.machine === machine);
    const bundle = first.bundles.get(target?.bundle ?? '');
    if (!bundle) throw new Error(`no bundle of ${machine}`);
    return bundle;
  };

  it('is exactly what a machine would get, with secrets by name', () => {
    expect(partsText(renderBundle(bundleOf('db-1'), 'command:set password of role shop'))).toBe(
      [
        'command:set password of role shop',
        '  run psql -v ON_ERROR_STOP=1',
        '  as postgres',
        '  env PW: «secret dbPassword»',
        '  stdin:',
        '    \\getenv pw PW',
        "    alter role shop password :'pw';",
        '  once true',
        '  always false',
        '  timeoutMs 600000',
        '',
      ].join('\n'),
    );
  });

  it('shows files whole and the checks at the end', () => {
    const text = partsText(renderBundle(bundleOf('web-1')));
    expect(text).toContain('  content:\n    server {\n      server_name shop.localhost;\n');
    expect(text).toContain('file:/etc/nginx/conf.d/shop.conf\n  notify reload service:nginx\n');
    expect(text).toMatch(/verify http:\/healthz\n.*verify command:db answers\n/s);
    expect(renderBundle(bundleOf('web-1'), 'file:/none')).toEqual([]);
  });

  it('shows the address of a machine that is known late', () => {
    const db = { ...shop.groups.db, addresses: {} };
    const late = compiled({ ...shop, groups: { ...shop.groups, db } });
    const bundle = late.bundles.get(late.targets.find((one) => one.ref.machine === 'web-1')?.bundle ?? '');
    expect(partsText(renderBundle(bundle as never, 'command:db answers'))).toContain(
      'env DB: «address of db-1»',
    );
  });

  it('is empty where a config is', () => {
    const empty = compiled({ ...shop, configs: { base: config({}), db: config({}), web: config({}) } });
    expect([...empty.bundles.values()].map((bundle) => renderBundle(bundle))).toEqual([[]]);
  });
});
