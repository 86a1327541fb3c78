import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadFleet, varCandidates } from '../../../src/manifest/index.js';
import { compile } from '../../../src/plan/index.js';
import { loaded, shopDir } from './helpers.js';

const shopLines = readFileSync(`${shopDir}/fleet.yaml`, 'utf8').split('\n');

/** Line numbers of the example by what stands there, so that it may be edited. */
const lineOf = (text: string): number => shopLines.findIndex((line) => line.startsWith(text)) + 1;

describe('examples/shop', () => {
  it('loads without problems or warnings in every environment', async () => {
    for (const environment of ['dev', 'prod']) {
      const fleet = await loaded(shopDir, environment);
      expect(fleet.warnings).toEqual([]);
      expect(fleet.environments).toEqual(['dev', 'prod']);
    }
  });

  it('fills in every default of the format', async () => {
    const { manifest } = await loaded(shopDir);
    expect(manifest.environment).toBe('dev');
    expect(manifest.groups.web).toEqual({
      count: 2,
      site: 'main',
      image: 'debian12',
      size: { cpus: 1, memoryMiB: 384, diskMiB: 2048 },
      disks: {},
      addresses: { shop: '10.77.0.20' },
      config: 'web',
      labels: { tier: 'front' },
      vars: {},
      after: ['db'],
      publish: [80],
      protect: false,
      onFailure: 'ask',
      rollback: ['restore'],
      rollout: { maxParallel: 10 },
    });
    expect(manifest.images.debian12).toEqual({ build: { suite: 'bookworm', include: [] } });
  });

  it('makes one resource of each package in a list, with ids that survive reordering', async () => {
    const { manifest } = await loaded(shopDir);
    expect(manifest.configs.web?.resources.map((resource) => resource.id)).toEqual([
      'package:nginx-light',
      'package:postgresql-client',
      'link:/etc/nginx/sites-enabled/default',
      'file:/etc/nginx/conf.d/shop.conf',
      'service:nginx',
    ]);
  });

  it('differs between environments only as written', async () => {
    const dev = await loaded(shopDir, 'dev');
    const prod = await loaded(shopDir, 'prod');
    expect([dev.manifest.groups.db?.protect, prod.manifest.groups.db?.protect]).toEqual([false, true]);
    expect([dev.manifest.groups.web?.count, prod.manifest.groups.web?.count]).toEqual([2, 4]);
    expect(prod.manifest.rules).toEqual({ cleanCommit: true, destroy: 'confirm' });
    expect(prod.where('groups.web.count')).toMatchObject({
      file: 'fleet.yaml',
      line: lineOf('          groups.web.count: 4'),
    });
  });

  it('knows where each path stands, also in an included file', async () => {
    const fleet = await loaded(shopDir);
    expect(fleet.where('configs.web.resources[3].service')).toEqual({
      file: 'fleet.yaml',
      line: 76,
      column: 18,
    });
    expect(fleet.where('configs.base.resources[0]')).toEqual({
      file: 'configs/base.yaml',
      line: 4,
      column: 9,
    });
    expect(fleet.where('groups.web.site')).toMatchObject({ line: lineOf('groups:') + 10 });
    expect(fleet.where('nothing.here')).toBeUndefined();
    expect(fleet.where('not a path')).toBeUndefined();
  });

  it('reads templates and gives the same inputs the same revision', async () => {
    const fleet = await loaded(shopDir);
    expect(Object.keys(fleet.sources)).toEqual(['files/shop.conf']);
    expect(fleet.sources['files/shop.conf']).toContain('return 200 "ok\\n";');
    expect((await loaded(shopDir, 'prod')).revision).toBe(fleet.revision);
  });

  it('says which environments there are when asked for another', async () => {
    const result = await loadFleet({ dir: shopDir, environment: 'prd' });
    expect(result).toMatchObject({
      ok: false,
      problems: [{ message: 'There is no environment "prd".', remedy: 'Did you mean "prod"?' }],
    });
  });

  it('explains a var by every place that sets it, the strongest last', async () => {
    const fleet = await loaded(shopDir, 'prod');
    expect(varCandidates(fleet, 'web-1', 'connections')).toEqual([
      {
        level: 'config',
        path: 'configs.web.vars.connections',
        value: 256,
        at: { file: 'fleet.yaml', line: lineOf('    vars: {connections: 256}'), column: 25 },
        wins: true,
      },
    ]);
    expect(varCandidates(fleet, 'web-9', 'connections')).toEqual([]);
    expect(varCandidates(fleet, 'web-1', 'constructor')).toEqual([]);
  });
});

describe('examples/static', () => {
  const dir = shopDir.replace(/shop$/, 'static');

  it('loads without problems or warnings in every environment', async () => {
    for (const environment of ['office', 'abroad'])
      expect((await loaded(dir, environment)).warnings).toEqual([]);
  });

  it('gives every machine what its site, its group and itself say of the way there', async () => {
    const { manifest } = await loaded(dir);
    const { old, bastion } = manifest.groups;
    expect(bastion?.machines?.gate?.connect).toEqual({ user: 'ops', become: 'sudo', via: [] });
    expect(old?.machines?.mail?.connect).toEqual({
      ...{ user: 'ops', become: 'sudo', via: ['jump.shop.example'] },
    });
    expect(old).toMatchObject({ count: 2, image: '', size: { cpus: 0, memoryMiB: 0, diskMiB: 0 } });
  });

  it('differs where an environment says so', async () => {
    const { manifest } = await loaded(dir, 'abroad');
    expect(Object.keys(manifest.groups)).toEqual(['bastion']);
    expect(manifest.groups.bastion?.machines?.gate?.host).toBe('198.51.100.4');
  });

  it('knows the vars of a machine over those of its fleet', async () => {
    const found = varCandidates(await loaded(dir), 'mail', 'contact');
    expect(found.map(({ level, path, wins }) => [level, path, wins])).toEqual([
      ['fleet', 'vars.contact', false],
      ['machine', 'groups.old.machines.mail.vars.contact', true],
    ]);
  });
});

describe('examples/canary', () => {
  const dir = shopDir.replace(/shop$/, 'canary');
  const planned = async (environment: string) => {
    const result = compile(await loaded(dir, environment), {});
    if (!result.ok) throw new Error(JSON.stringify(result.problems));
    return result;
  };

  it('loads without problems or warnings in every environment', async () => {
    for (const environment of ['dev', 'prod']) expect((await loaded(dir, environment)).warnings).toEqual([]);
  });

  it('spreads from a canary that is watched, in the order of what comes after what', async () => {
    const { plan } = await planned('prod');
    expect(plan.maxFailed).toBe(3);
    const groups = plan.groups.map(({ group, after, strategy }) => [
      ...[group, after],
      ...[strategy?.batches, strategy?.soakMs, strategy?.surge],
    ]);
    expect(groups).toEqual([
      ['web', [], [1, 3], 120_000, 0],
      ['lb', ['web'], undefined, undefined, undefined],
      ['worker', [], [1, 1], 0, 1],
    ]);
    const [web] = plan.groups;
    expect(web?.strategy?.probes.map(({ type, everyMs, maxFailed }) => [type, everyMs, maxFailed])).toEqual([
      ['http', 5_000, 1],
      ['command', 30_000, 0],
    ]);
  });

  it('takes each web machine out of the balancer, which knows all of them', async () => {
    const { targets, bundles } = await planned('prod');
    const around = targets.map(({ ref, around }) => [ref.machine, around?.drain.at, around?.drain.settleMs]);
    expect(around.filter(([, at]) => at !== undefined)).toEqual(
      [1, 2, 3, 4].map((n) => [`web-${n}`, 'lb-1', 10_000]),
    );
    const balancer = targets.find(({ ref }) => ref.machine === 'lb-1')?.bundle ?? '';
    expect(JSON.stringify(bundles.get(balancer))).toContain('server web-4 10.78.0.23:80');
  });

  it('asks people in production and nobody in development', async () => {
    const { plan } = await planned('prod');
    expect(plan.gates.map(({ id, unsigned, timeoutMs }) => [id, unsigned, timeoutMs])).toEqual([
      ['rollout', false, 4 * 3_600_000],
      ['canary:web', true, undefined],
    ]);
    expect([plan.windows?.length, plan.freezes?.length, plan.reconcile?.mode]).toEqual([1, 1, 'enforce']);
    const dev = (await planned('dev')).plan;
    expect([dev.gates, dev.windows ?? [], dev.freezes ?? [], dev.reconcile?.mode]).toEqual([
      [],
      [],
      [],
      'report',
    ]);
  });
});
