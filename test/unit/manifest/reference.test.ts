import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ManifestConfig } from '../../../src/manifest/index.js';
import { checkTypes } from '../../../src/manifest/schema/checks.js';
import { commonAttributes, resourceTypes } from '../../../src/manifest/schema/resources.js';
import { loaded, withFiles } from './helpers.js';

const dir = fileURLToPath(new URL('./reference', import.meta.url));
const read = (name: string): string => readFileSync(`${dir}/${name}.yaml`, 'utf8');

/** Config `all` of a reference manifest. */
function config(name: string): Promise<ManifestConfig> {
  return withFiles({ 'fleet.yaml': read(name), 'package.yaml': 'any text\n' }, async (place) => {
    const { manifest, warnings } = await loaded(place);
    expect(warnings).toEqual([]);
    return manifest.configs.all as ManifestConfig;
  });
}

/** Resources without what all types share. */
async function resources(name: string): Promise<object[]> {
  const all = (await config(name)).resources;
  return all.map(({ path: _path, override: _override, notify: _notify, risky: _risky, ...rest }) => rest);
}

describe('reference manifests', () => {
  it('there is one per type of resource', () => {
    const names = readdirSync(dir).map((name) => name.replace('.yaml', ''));
    expect(names.sort()).toEqual([...Object.keys(resourceTypes), 'verify'].sort());
  });

  it.each(Object.keys(resourceTypes))('the one of %s says every attribute of its type', (type) => {
    const schema = resourceTypes[type as keyof typeof resourceTypes];
    const text = read(type);
    for (const key of Object.keys(schema.shape).filter((name) => !commonAttributes.includes(name)))
      expect(text, key).toMatch(new RegExp(`\\b${key}:\\s`));
  });

  it('package', async () => {
    const type = 'package';
    expect(await resources(type)).toEqual([
      { type, id: 'package:nginx-light', name: 'nginx-light', absent: false },
      { type, id: 'package:curl', name: 'curl', absent: false },
      { type, id: 'package:libc6:amd64', name: 'libc6:amd64', absent: false },
      {
        ...{ type, id: 'package:postgresql-15', name: 'postgresql-15', version: '15.6-0+deb12u1' },
        ...{ hold: true, refreshMs: 1_800_000, absent: false },
      },
      { type, id: 'package:telnet', name: 'telnet', absent: true },
      expect.objectContaining({ id: 'service:postgresql' }),
    ]);
  });

  it('file', async () => {
    const type = 'file';
    expect((await resources(type)).slice(0, 4)).toEqual([
      {
        type,
        id: 'file:/etc/motd',
        file: '/etc/motd',
        content: '${{ fleet }}/${{ environment }} ${{ machine.name }}\n',
        follow: false,
        absent: false,
      },
      {
        type,
        id: 'file:a',
        file: '/etc/nginx/conf.d/a.conf',
        template: 'package.yaml',
        owner: 'www-data:www-data',
        mode: '0640',
        validate: 'nginx -t',
        follow: true,
        absent: false,
      },
      {
        type,
        id: 'file:/etc/nginx/conf.d/b.conf',
        file: '/etc/nginx/conf.d/b.conf',
        source: 'package.yaml',
        follow: false,
        absent: false,
      },
      { type, id: 'file:/etc/cron.d/old', file: '/etc/cron.d/old', follow: false, absent: true },
    ]);
  });

  it('what all types share', async () => {
    const [motd, a] = (await config('file')).resources;
    expect(motd).toMatchObject({
      path: 'configs.all.resources[0]',
      override: true,
      notify: [],
      risky: false,
    });
    expect(a).toMatchObject({
      path: 'configs.all.resources[1]',
      override: false,
      risky: true,
      notify: ['reload nginx', 'restart nginx'],
    });
  });

  it('link', async () => {
    const type = 'link';
    expect((await resources(type)).slice(0, 2)).toEqual([
      {
        type,
        id: 'link:/usr/local/bin/py',
        link: '/usr/local/bin/py',
        to: '/usr/bin/python3',
        absent: false,
      },
      {
        type,
        id: 'link:/etc/nginx/sites-enabled/default',
        link: '/etc/nginx/sites-enabled/default',
        absent: true,
      },
    ]);
  });

  it('user', async () => {
    const type = 'user';
    expect(await resources(type)).toEqual([
      {
        type,
        id: 'user:deploy',
        user: 'deploy',
        shell: '/bin/bash',
        home: '/srv/deploy',
        uid: 2000,
        comment: 'Deploys, and no more',
        passwordHash: '${{ secrets.deployHash }}',
        groups: ['www-data', 'adm'],
        system: false,
        keysOf: ['ada'],
        keys: [expect.stringMatching(/^ssh-ed25519 .* second@example$/)],
        absent: false,
      },
      { type, id: 'user:worker', user: 'worker', groups: [], system: true, absent: false },
      { type, id: 'user:bob', user: 'bob', groups: [], system: false, absent: true },
    ]);
  });

  it('service', async () => {
    const type = 'service';
    expect(await resources(type)).toEqual([
      { type, id: 'service:nginx', service: 'nginx', running: true, enabled: true, settleMs: 2_000 },
      {
        type,
        id: 'service:getty@tty1.service',
        service: 'getty@tty1.service',
        running: false,
        enabled: false,
        settleMs: 500,
      },
    ]);
  });

  it('command', async () => {
    const usual = { type: 'command', env: {}, once: false, always: false, timeoutMs: 600_000 };
    expect(await resources('command')).toEqual([
      {
        ...usual,
        id: 'command:create database',
        name: 'create database',
        as: 'postgres',
        run: 'createdb shop',
        unless: 'psql -lqt | grep -qw shop',
      },
      {
        ...usual,
        id: 'command:index',
        name: 'index',
        run: 'make index',
        dir: '/srv/app',
        onlyIf: 'test -f Makefile',
        timeoutMs: 3_600_000,
      },
      { ...usual, id: 'command:unpack', name: 'unpack', run: 'tar -xf app.tar', creates: '/srv/app/README' },
      {
        ...usual,
        id: 'command:register',
        name: 'register',
        run: 'register --token-from-stdin "$NAME"',
        env: { NAME: '${{ machine.name }}' },
        stdin: '${{ secrets.token }}',
        once: true,
      },
      { ...usual, id: 'command:sync', name: 'sync', run: 'sync', always: true },
    ]);
  });

  it('hosts', async () => {
    expect(await resources('hosts')).toEqual([{ type: 'hosts', id: 'hosts:fleet', scope: 'fleet' }]);
  });

  it('verify', async () => {
    const { verify } = await config('verify');
    expect(verify.map(({ path: _path, ...check }) => check)).toEqual([
      { type: 'tcp', from: 'outside', withinMs: 30_000, port: 5432 },
      { type: 'tcp', from: 'all-1', withinMs: 120_000, port: 22 },
      { type: 'http', from: 'outside', withinMs: 30_000, http: '/healthz', port: 80, status: 200 },
      { type: 'http', from: 'inside', withinMs: 30_000, http: '/ready?full=1', port: 8080, status: 204 },
      {
        type: 'command',
        from: 'inside',
        withinMs: 30_000,
        name: 'db answers',
        as: 'postgres',
        env: { DB: '${{ machines.all-1.address }}' },
        run: 'pg_isready -h "$DB"',
      },
    ]);
  });
});

describe('the words of the format', () => {
  it.each([
    ['resources', resourceTypes],
    ['verifications', checkTypes],
  ])('no attribute of %s shares the name of a type', (_, types) => {
    const names = Object.keys(types);
    for (const [type, schema] of Object.entries(types))
      expect(
        Object.keys(schema.shape).filter((key) => key !== type && names.includes(key)),
        type,
      ).toEqual([]);
  });
});
