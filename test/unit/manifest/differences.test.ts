import { describe, expect, it } from 'vitest';
import { loaded, withFiles } from './helpers.js';

const fleet = (dev: string) => `version: 1
fleet: shop
uid: 01JZB2V5Q8K4T7W9X3C6D1E0FA
sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
vars: {domain: shop.example}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
configs: {base: {}}
groups:
  web: {config: base, count: 2}
  extra: {config: base}
environments:
  prod: {}
  dev:
    default: true
    differences:
${dev}`;

const load = (dev: string, environment?: string) =>
  withFiles({ 'fleet.yaml': fleet(dev) }, (dir) => loaded(dir, environment));

describe('differences', () => {
  it('set values and omit whole parts, in their own environment only', async () => {
    const dev =
      '      - because: small\n        set: {groups.web.count: 1, vars.domain: localhost}\n        omit: [groups.extra]\n';
    const there = await load(dev);
    expect(there.manifest.groups).toMatchObject({ web: { count: 1 } });
    expect(Object.keys(there.manifest.groups)).toEqual(['web']);
    expect(there.manifest.vars.domain).toBe('localhost');
    const elsewhere = await load(dev, 'prod');
    expect(Object.keys(elsewhere.manifest.groups)).toEqual(['web', 'extra']);
    expect(elsewhere.manifest.groups.web?.count).toBe(2);
  });

  it('are where a path stands from then on', async () => {
    const there = await load('      - because: small\n        set: {groups.web.count: 1}\n');
    expect(there.where('groups.web.count')).toEqual({ file: 'fleet.yaml', line: 18, column: 33 });
  });

  it('may set what happens when a machine fails, and the ways back', async () => {
    const dev =
      '      - because: cattle\n        set: {groups.web.onFailure: rollback, groups.web.rollback: [restore, snapshot]}\n';
    const policy = async (environment?: string) => {
      const group = (await load(dev, environment)).manifest.groups.web;
      return [group?.onFailure, group?.rollback];
    };
    expect(await policy()).toEqual(['rollback', ['restore', 'snapshot']]);
    expect(await policy('prod')).toEqual(['ask', ['restore']]);
  });

  it('may set an attribute that is not written elsewhere, and replace a whole value', async () => {
    const dev =
      '      - because: fast\n        set:\n          groups.web.protect: true\n          images.micro: {build: {suite: trixie}}\n';
    const { manifest } = await load(dev);
    expect(manifest.groups.web?.protect).toBe(true);
    expect(manifest.images.micro).toEqual({ build: { suite: 'trixie', include: [] } });
  });
});

describe('files of a fleet', () => {
  it('merge in any order, and the revision follows every byte of every one', async () => {
    const head = 'version: 1\nfleet: shop\nuid: 01JZB2V5Q8K4T7W9X3C6D1E0FA\n';
    const [a, b] = ['vars: {a: 1}\n', 'vars: {b: 2}\nenvironments: {dev: {default: true}}\n'];
    const read = (include: string, files: Record<string, string>) =>
      withFiles({ 'fleet.yaml': `${head}include: [${include}]\n`, ...files }, (dir) => loaded(dir));
    const first = await read('a.yaml, b.yaml', { 'a.yaml': a, 'b.yaml': b });
    const second = await read('b.yaml, a.yaml', { 'a.yaml': a, 'b.yaml': b });
    expect(second.manifest).toEqual(first.manifest);
    expect(first.manifest.vars).toEqual({ a: 1, b: 2 });
    const changed = await read('a.yaml, b.yaml', { 'a.yaml': `${a}# more\n`, 'b.yaml': b });
    expect(changed.revision).not.toBe(first.revision);
  });
});
