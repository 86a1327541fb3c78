import { describe, expect, it } from 'vitest';
import type { Manifest, Vars } from '../../../src/manifest/types.js';
import { type Base, type MachineBase, slotToken, type Target } from '../../../src/model/index.js';
import type { Compiled } from '../../../src/plan/assemble.js';
import { type CompileOptions, compile } from '../../../src/plan/compile.js';
import { compileDestroy } from '../../../src/plan/removed.js';
import { lineOf, loaded, resource, shop, withResource } from './fleet.js';

const compiled = (
  manifest: Manifest = shop,
  base: Base = {},
  shapes = {},
  more: CompileOptions = {},
): Compiled => {
  const result = compile(loaded(manifest), base, { shapes, ...more });
  if (!result.ok) throw new Error(result.problems.map((one) => `${one.path}: ${one.message}`).join('\n'));
  return result;
};
const problems = (manifest: Manifest, sources = {}) => {
  const result = compile(loaded(manifest, sources), {});
  if (result.ok) throw new Error('compiled without a problem');
  return result.problems;
};
const target = (of: Compiled, machine: string): Target => {
  const found = of.targets.find((one) => one.ref.machine === machine);
  if (!found) throw new Error(`no target ${machine}`);
  return found;
};
const content = (of: Compiled, machine: string, id: string): string =>
  JSON.stringify(of.bundles.get(target(of, machine).bundle)?.steps.find((step) => step.id === id));

/** The base that a finished run of a plan leaves behind. */
const finished = (of: Compiled): { base: Base; shapes: Record<string, Target['shape']> } => ({
  base: Object.fromEntries(
    of.targets.map((one) => [
      one.ref.machine,
      {
        instance: `x/dev/${one.ref.machine}@01J`,
        ...{ assigned: one.bundle, verified: one.bundle, shape: one.shapeDigest },
        ...{ site: one.site, group: one.group, protect: one.protect },
      } satisfies MachineBase,
    ]),
  ),
  shapes: Object.fromEntries(of.targets.map((one) => [one.shapeDigest, one.shape])),
});

describe('compile', () => {
  it('numbers machines, gives them their addresses and puts groups after those they need', () => {
    const plan = compiled();
    expect(plan.plan.groups.map((one) => [one.group, one.after, one.machines.map((m) => m.machine)])).toEqual(
      [
        ['db', [], ['db-1']],
        ['web', ['db'], ['web-1', 'web-2']],
      ],
    );
    expect(target(plan, 'web-2').shape.nics).toEqual([
      { network: 'shop', cidr: '10.77.0.0/24', address: '10.77.0.21' },
    ]);
    expect(plan.targets.map((one) => one.action)).toEqual(['create', 'create', 'create']);
  });

  it('puts included resources first and names steps in order', () => {
    expect(target(compiled(), 'db-1').steps).toEqual([
      'user:deploy',
      'file:/etc/motd',
      'hosts:fleet',
      'package:postgresql',
      'file:/etc/postgresql/15/main/pg_hba.conf',
      'service:postgresql',
      'command:set password of role shop',
    ]);
  });

  it('renders expressions, templates and keys', () => {
    const plan = compiled();
    expect(content(plan, 'web-2', 'file:/etc/motd')).toContain('shop/dev web-2: managed');
    const conf = content(plan, 'web-1', 'file:/etc/nginx/conf.d/shop.conf');
    for (const text of ['server_name shop.localhost;', '# web-2 10.77.0.21', 'worker_connections 256;'])
      expect(conf).toContain(text);
    expect(content(plan, 'db-1', 'user:deploy')).toContain('ExampleKeyB');
  });

  it('lists the whole fleet in hosts, once per machine with a declared address', () => {
    const hosts = content(compiled(), 'web-1', 'hosts:fleet');
    for (const text of ['10.77.0.10', 'db-1', '10.77.0.21', 'web-2']) expect(hosts).toContain(text);
  });

  it('lets the later, narrower vars win: config, fleet, group', () => {
    const vars = (fleet: Vars, web: Vars): string =>
      content(
        compiled({
          ...shop,
          vars: { domain: 'shop.localhost', ...fleet },
          groups: { ...shop.groups, web: { ...shop.groups.web, vars: web } },
        }),
        'web-1',
        'file:/etc/nginx/conf.d/shop.conf',
      );
    expect(vars({}, {})).toContain('connections 256');
    expect(vars({ connections: 512 }, {})).toContain('connections 512');
    expect(vars({ connections: 512 }, { connections: 1024 })).toContain('connections 1024');
  });

  it('turns secrets into slots and keeps their references in the target, never a value', () => {
    const plan = compiled();
    expect(content(plan, 'db-1', 'command:set password of role shop')).toContain(
      JSON.stringify(slotToken('dbPassword')).slice(1, -1),
    );
    expect(target(plan, 'db-1').slots).toEqual([
      { name: 'dbPassword', kind: 'secret', secret: { env: 'SHOP_DB_PASSWORD' } },
    ]);
    expect(target(plan, 'web-1').slots).toEqual([]);
  });

  it('knows a declared address now and makes a slot of one that is not', () => {
    expect(target(compiled(), 'web-1').verify[1]).toMatchObject({ env: { DB: '10.77.0.10' } });
    const db = { ...shop.groups.db, addresses: {} };
    const late = target(compiled({ ...shop, groups: { ...shop.groups, db } }), 'web-1');
    expect(late.verify[1]).toMatchObject({ env: { DB: slotToken('machines.db-1.address') } });
    expect(late.slots).toEqual([{ name: 'machines.db-1.address', kind: 'address', machine: 'db-1' }]);
  });

  it('turns notify into a debt of the service it names', () => {
    const plan = compiled();
    const steps = plan.bundles.get(target(plan, 'web-1').bundle)?.steps;
    expect(steps?.find((step) => step.id === 'file:/etc/nginx/conf.d/shop.conf')?.notify).toEqual([
      { action: 'reload', step: 'service:nginx' },
    ]);
  });

  it('compiles once for a whole group what does not speak of the machine', () => {
    const plan = compiled();
    const [one, two] = ['web-1', 'web-2'].map((name) => plan.bundles.get(target(plan, name).bundle)?.steps);
    const shared = one?.filter((step, index) => step === two?.[index]).map((step) => step.id);
    expect(shared).toEqual(target(plan, 'web-1').steps.filter((id) => id !== 'file:/etc/motd'));
  });

  it('compiles thousands of machines', () => {
    const networks = { shop: { cidr: '10.0.0.0/8' } };
    const web = { ...shop.groups.web, count: 4000, addresses: { shop: '10.77.1.0' } };
    const plan = compiled({ ...shop, networks, groups: { ...shop.groups, web } });
    expect(plan.targets).toHaveLength(4001);
    expect(plan.bundles.size).toBe(4001);
    expect(target(plan, 'web-4000').shape.nics[0]?.address).toBe('10.77.16.159');
  }, 120_000);

  it('tells checks apart that differ in port or place alone', () => {
    const { web } = shop.configs;
    const http = { type: 'http', http: '/healthz', status: 200, withinMs: 1000 } as const;
    const verify = [
      { ...http, path: 'configs.web.verify[0]', port: 80, from: 'outside' },
      { ...http, path: 'configs.web.verify[1]', port: 8080, from: 'outside' },
      { ...http, path: 'configs.web.verify[2]', port: 80, from: 'inside' },
    ];
    const of = (more: typeof verify) => ({
      ...shop,
      configs: { ...shop.configs, web: { ...web, verify: more } },
    });
    expect(target(compiled(of(verify)), 'web-1').verify.map((one) => one.id)).toEqual([
      'http:/healthz',
      'http::8080/healthz',
      'http:/healthz from inside',
    ]);
    const twice = of([...verify, ...verify].map((one, i) => ({ ...one, path: `configs.web.verify[${i}]` })));
    expect(problems(twice).map((one) => one.path)).toEqual([
      'configs.web.verify[3]',
      'configs.web.verify[4]',
      'configs.web.verify[5]',
    ]);
  });

  it('lets a later resource override an included one in its place', () => {
    const motd = resource('configs.web.resources[3]', {
      ...{ type: 'file', id: 'file:/etc/motd', file: '/etc/motd', content: 'mine\n', override: true },
    });
    const { web } = shop.configs;
    const plan = compiled({
      ...shop,
      configs: {
        ...shop.configs,
        web: { ...web, resources: [...web.resources, motd] },
      },
    });
    expect(content(plan, 'web-1', 'file:/etc/motd')).toContain('mine');
    expect(target(plan, 'web-1').steps.indexOf('file:/etc/motd')).toBe(1);
    expect(content(plan, 'db-1', 'file:/etc/motd')).toContain('shop/dev db-1');
  });
});

describe('what a plan permits', () => {
  const first = compiled();
  const { base, shapes } = finished(first);
  const db = shop.groups.db;
  const web = shop.groups.web;
  const withWeb = (more: Partial<typeof web>): Manifest => ({
    ...shop,
    groups: { ...shop.groups, web: { ...web, ...more } },
  });
  const action = (manifest: Manifest, machine: string, of = base) => {
    const { action: what, reason } = target(compiled(manifest, of, shapes), machine);
    return [what, reason];
  };

  it('is nothing where bundle, shape and stamp are those of the base', () => {
    expect(compiled(shop, base, shapes).targets.map((one) => one.action)).toEqual([
      'nothing',
      'nothing',
      'nothing',
    ]);
  });

  it('is a change where the bundle differs', () => {
    expect(action({ ...shop, vars: { domain: 'shop.example' } }, 'web-1')).toEqual(['change', undefined]);
    expect(action({ ...shop, vars: { domain: 'shop.example' } }, 'db-1')).toEqual(['nothing', undefined]);
  });

  it('is a change where nothing was ever assigned', () => {
    const fresh = { ...base, 'web-1': { ...(base['web-1'] as MachineBase), assigned: null } };
    expect(action(shop, 'web-1', fresh)).toEqual(['change', 'never provisioned']);
  });

  it('is a power cycle for memory, processors or a published port', () => {
    expect(action(withWeb({ size: { cpus: 2, memoryMiB: 1024, diskMiB: 2048 } }), 'web-1')).toEqual([
      'power cycle',
      'cpus 1 → 2; memory 384 MiB → 1 GiB',
    ]);
    expect(action(withWeb({ publish: [80, 443] }), 'web-1')).toEqual(['power cycle', 'publish 80 → 80 443']);
  });

  it('is a replacement for a disk of another size, new or gone', () => {
    const size = { ...web.size, diskMiB: 4096 };
    expect(action(withWeb({ size }), 'web-1')).toEqual(['replace', 'disk 2 GiB → 4 GiB']);
    const disk = { sizeMiB: 1024, filesystem: 'ext4', mount: '/srv', keep: false } as const;
    expect(action(withWeb({ disks: { data: disk } }), 'web-1')).toEqual(['replace', 'disk data is new']);
    const withDb = (disks: Manifest['groups'][string]['disks']): Manifest => ({
      ...shop,
      groups: { ...shop.groups, db: { ...db, disks } },
    });
    const kept = { filesystem: 'ext4', mount: '/var/lib/postgresql', keep: true } as const;
    const larger = { data: { ...kept, sizeMiB: 16384 } };
    expect(action(withDb(larger), 'db-1')).toEqual(['replace', 'disk data 8 GiB → 16 GiB']);
    expect(action(withDb({}), 'db-1')).toEqual(['replace', 'disk data is gone']);
  });

  it('is a replacement for a smaller disk, another image, address or site', () => {
    expect(action(withWeb({ size: { ...web.size, diskMiB: 1024 } }), 'web-1')).toEqual([
      'replace',
      'disk 2 GiB → 1 GiB',
    ]);
    const trixie = { debian12: { build: { suite: 'trixie', include: [] } } };
    expect(action({ ...shop, images: trixie }, 'web-1')).toEqual(['replace', 'image debian12 differs']);
    expect(action(withWeb({ addresses: { shop: '10.77.0.30' } }), 'web-1')).toEqual([
      'replace',
      'networks or addresses differ',
    ]);
    const sites = { ...shop.sites, rack: { provider: 'qemu' } } as const;
    expect(action({ ...withWeb({ site: 'rack' }), sites }, 'web-1')).toEqual(['replace', 'site main → rack']);
  });

  it('is nothing when only the name of an image changed', () => {
    const images = { bookworm: shop.images.debian12 };
    const renamed = { ...withWeb({ image: 'bookworm' }), images: { ...shop.images, ...images } };
    expect(action(renamed, 'web-1')).toEqual(['nothing', undefined]);
  });

  it('is a replacement where the old shape is not known any more', () => {
    const result = compiled(withWeb({ size: { ...web.size, cpus: 2 } }), base);
    expect(target(result, 'web-1')).toMatchObject({
      action: 'replace',
      reason: 'the shape it was made with is not in the store any more',
    });
  });

  it('is a change that puts a stamp on or lifts it', () => {
    expect(action(withWeb({ protect: true }), 'web-1')).toEqual(['change', 'protect is put on']);
    expect(action({ ...shop, groups: { ...shop.groups, db: { ...db, protect: false } } }, 'db-1')).toEqual([
      'change',
      'protect is lifted',
    ]);
  });

  it('removes the highest numbers when a count is lowered', () => {
    const many = finished(compiled(withWeb({ count: 12 })));
    const { plan, targets } = compiled(withWeb({ count: 9 }), many.base, many.shapes);
    expect(plan.removed.map((one) => one.machine)).toEqual(['web-12', 'web-11', 'web-10']);
    expect(targets.at(-1)).toMatchObject({ action: 'destroy', reason: 'groups.web.count 12 → 9', steps: [] });
    expect(plan.removed[0]?.refused).toBeUndefined();
  });

  it('removes groups that are gone, dependents first, and marks what is protected', () => {
    const { plan } = compiled({ ...shop, groups: {} }, base, shapes);
    expect(plan.removed.map((one) => [one.machine, one.refused])).toEqual([
      ['db-1', 'protected'],
      ['web-2', undefined],
      ['web-1', undefined],
    ]);
    const { plan: some } = compiled(
      { ...shop, groups: { db: { ...db, count: 0 }, web: { ...web, count: 0 } } },
      base,
      shapes,
    );
    expect(some.removed.map((one) => one.machine)).toEqual(['web-2', 'web-1', 'db-1']);
  });

  it('marks the replacement of a machine that still wears its stamp', () => {
    const { plan } = compiled(
      { ...shop, groups: { db: { ...db, protect: false, site: 'rack' } } },
      base,
      shapes,
    );
    expect(plan.groups[0]?.machines[0]).toMatchObject({ action: 'replace', refused: 'protected' });
  });
});

describe('a plan of some machines', () => {
  const { base, shapes } = finished(compiled());
  const replaced = (names: string[], of = base, more: CompileOptions = {}) =>
    compiled(shop, of, shapes, { replace: new Set(names), ...more });

  it('makes existing ones anew because it was asked for, whatever else they need', () => {
    const plan = replaced(['web-1']);
    expect(plan.targets.map(({ ref, action, reason }) => [ref.machine, action, reason])).toEqual([
      ['db-1', 'nothing', undefined],
      ['web-1', 'replace', 'asked for'],
      ['web-2', 'nothing', undefined],
    ]);
    expect(target(replaced(['web-1'], {}), 'web-1').action).toBe('create');
  });

  it('refuses to make anew what wears its stamp', () => {
    const [db, web] = replaced(['db-1', 'web-2']).plan.groups;
    expect(db?.machines[0]).toMatchObject({ action: 'replace', refused: 'protected' });
    expect(web?.machines[1]?.refused).toBeUndefined();
  });

  it('leaves out all others, their bundles, groups without machines, and what would be removed', () => {
    const fewer = { ...shop, groups: { ...shop.groups, web: { ...shop.groups.web, count: 1 } } };
    const { plan, bundles, targets } = compiled(fewer, base, shapes, { only: new Set(['web-1']) });
    expect(plan.groups.map((one) => [one.group, one.after, one.machines.map((m) => m.machine)])).toEqual([
      ['web', [], ['web-1']],
    ]);
    expect(plan.removed).toEqual([]);
    expect([...bundles.keys()]).toEqual(targets.map((one) => one.bundle));
  });

  it('keeps the order of groups between which one was left out', () => {
    const cache = { ...shop.groups.web, addresses: {}, count: 1, after: ['db'] };
    const web = { ...shop.groups.web, after: ['cache', 'db'] };
    const groups = { ...shop.groups, cache, web };
    const only = new Set(['db-1', 'web-1']);
    const { plan } = compiled({ ...shop, groups }, {}, {}, { only });
    expect(plan.groups.map((one) => [one.group, one.after])).toEqual([
      ['db', []],
      ['web', ['db']],
    ]);
  });

  it('is nothing at all where none is declared', () => {
    const { plan } = compiled(shop, base, shapes, { only: new Set(['nobody-7']) });
    expect([plan.groups, plan.removed]).toEqual([[], []]);
  });
});

describe('a plan that destroys', () => {
  const { base, shapes } = finished(compiled());
  const remains = {
    environment: { fleet: shop.fleet, fleetUid: shop.uid, environment: shop.environment },
    ...{ base, shapes, order: ['db', 'web'], providers: { main: 'qemu' } },
  };

  it('removes what was named, those first that others are not waited for by', () => {
    const plan = compileDestroy(remains, ['db-1', 'web-1', 'web-2', 'nobody-7']);
    expect(plan.plan.groups).toEqual([]);
    expect(plan.plan.removed.map((one) => [one.machine, one.refused])).toEqual([
      ['web-2', undefined],
      ['web-1', undefined],
      ['db-1', 'protected'],
    ]);
    expect(plan.targets[0]?.shape).toMatchObject({ memoryMiB: 384 });
  });

  it('has an intent of its own for every choice of machines', () => {
    const intents = [['web-1'], ['web-2'], ['web-2', 'web-1'], ['web-1', 'web-2']].map(
      (names) => compileDestroy(remains, names).intent,
    );
    expect(new Set(intents).size).toBe(3);
  });
});

describe('compile reports', () => {
  const paths = (manifest: Manifest, sources = {}) =>
    problems(manifest, sources).map((one) => [
      `${one.at.file}:${one.at.line}:${one.at.column}`,
      one.path,
      one.message,
    ]);
  const webFile = (more: object) =>
    withResource({ type: 'file', id: 'file:/x', file: '/x', content: 'x', ...more } as never);
  const webCommand = (more: object) =>
    withResource({
      type: 'command',
      id: 'command:x',
      name: 'x',
      run: 'true',
      always: true,
      ...more,
    } as never);
  const at = 'configs.web.resources[3]';

  it('an undefined name where it stands, with what was meant, once for all machines', () => {
    const found = problems(webFile({ content: 'a ${{ machine.adress }}' }));
    expect(found).toEqual([
      {
        at: { file: 'fleet.yaml', line: lineOf(`${at}.content`), column: 5 + 6 },
        path: `${at}.content`,
        message: 'machine.adress is not defined.',
        remedy: 'Did you mean machine.address?',
      },
    ]);
  });

  it('the line within a block of text', () => {
    const [found] = problems(webFile({ content: 'one\ntwo\n  ${{ nope }}\n' }));
    expect(found?.at).toMatchObject({ file: 'fleet.yaml', line: lineOf(`${at}.content`) + 3 });
  });

  it("a template file's own line and column", () => {
    const bad = { 'files/shop.conf': 'fine\n  ${{ vars.domian }}\n${{ fleet | upcas }}\n' };
    expect(paths(shop, bad)).toEqual([
      ['files/shop.conf:3:1', 'configs.web.resources[1].template', 'There is no filter upcas.'],
    ]);
    expect(paths(shop, { 'files/shop.conf': 'fine\n  ${{ vars.domian }}\n' })).toEqual([
      ['files/shop.conf:2:7', 'configs.web.resources[1].template', 'vars.domian is not defined.'],
    ]);
  });

  it('every mistake in one pass, in the order of the files', () => {
    const bad = webCommand({
      env: { A: '${{ a }}', B: '${{ b }}' },
      stdin: '${{ c }}',
      notify: ['reload ngnix'],
    });
    expect(paths(bad, { 'files/shop.conf': '${{ d }}' }).map(([, path]) => path)).toEqual([
      'configs.web.resources[1].template',
      `${at}.env.A`,
      `${at}.env.B`,
      `${at}.stdin`,
      `${at}.notify`,
    ]);
  });

  it.each([
    ['a path', webFile({ file: '/etc/${{ secrets.dbPassword }}' }), 'file'],
    ['an owner', webFile({ owner: '${{ secrets.dbPassword }}' }), 'owner'],
    ['a user to run as', webCommand({ as: '${{ secrets.dbPassword }}' }), 'as'],
    ['a directory', webCommand({ dir: '${{ secrets.dbPassword }}' }), 'dir'],
  ])('a secret in %s', (_what, manifest, attribute) => {
    const found = problems(manifest).find((one) => one.path === `${at}.${attribute}`);
    expect(found?.message).toBe(
      `${attribute} must be known when the plan is made, but dbPassword is known only when the step runs.`,
    );
  });

  it('a filter on a secret', () => {
    expect(problems(webFile({ content: '${{ secrets.dbPassword | upcase }}' }))[0]?.message).toMatch(
      /^secrets.dbPassword is known only when the step runs/,
    );
  });

  it('a notify that names nothing', () => {
    const [found] = problems(webFile({ notify: ['reload ngnix'] }));
    expect(found).toMatchObject({
      path: `${at}.notify`,
      message: '"reload ngnix" names no service resource of this config or of one that it includes.',
      remedy: 'Did you mean reload nginx?',
    });
  });

  it('two resources that expressions make the same', () => {
    const [found] = problems(
      webFile({ id: 'file:/etc/${{ vars.name }}', file: '/etc/${{ vars.name }}', content: '' }),
    );
    expect(found?.message).toBe('vars.name is not defined.');
    const same = webFile({ id: 'file:/etc/${{ vars.domain }}', file: '/etc/${{ vars.domain }}' });
    const [duplicate] = problems({ ...same, vars: { domain: 'motd' } });
    expect(duplicate?.message).toBe(
      `file:/etc/motd is declared at fleet.yaml:${lineOf('configs.base.resources[1]')} already.`,
    );
  });
});
