import type {
  LoadedFleet,
  Location,
  Manifest,
  ManifestCheck,
  ManifestConfig,
  ManifestGroup,
  ManifestResource,
} from '../../../src/manifest/types.js';

const key = (name: string) => `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleKey${name} ${name}@shop.example`;

type Given<T> = T extends { type: infer Type } ? { type: Type } & Partial<T> : never;

/** A resource with the defaults that loading fills in. */
export function resource(path: string, given: Given<ManifestResource> & { id: string }): ManifestResource {
  const defaults = {
    path,
    notify: [],
    override: false,
    risky: false,
    absent: false,
    groups: [],
    system: false,
    follow: false,
  };
  const service = { running: true, enabled: true, settleMs: 2000 };
  const command = { env: {}, once: false, always: false, timeoutMs: 600_000 };
  return { ...defaults, ...service, ...command, ...given } as unknown as ManifestResource;
}

export function group(given: Partial<ManifestGroup> & { config: string }): ManifestGroup {
  return {
    count: 1,
    site: 'main',
    image: 'debian12',
    size: { cpus: 1, memoryMiB: 512, diskMiB: 4096 },
    disks: {},
    addresses: {},
    labels: {},
    vars: {},
    after: [],
    publish: [],
    protect: false,
    onFailure: 'ask',
    rollback: ['restore'],
    rollout: { maxParallel: 10 },
    ...given,
  };
}

export const config = (given: Partial<ManifestConfig>): ManifestConfig => ({
  include: [],
  vars: {},
  resources: [],
  verify: [],
  ...given,
});

const base = config({
  resources: [
    resource('configs.base.resources[0]', {
      ...{
        type: 'user',
        id: 'user:deploy',
        user: 'deploy',
        shell: '/bin/bash',
        keysOf: ['platform', 'oncall'],
      },
    }),
    resource('configs.base.resources[1]', {
      ...{ type: 'file', id: 'file:/etc/motd', file: '/etc/motd' },
      content: '${{ fleet }}/${{ environment }} ${{ machine.name }}: managed by Millwright\n',
    }),
    resource('configs.base.resources[2]', { type: 'hosts', id: 'hosts:fleet', scope: 'fleet' }),
  ],
});

const db = config({
  include: ['base'],
  resources: [
    resource('configs.db.resources[0]', { type: 'package', id: 'package:postgresql', name: 'postgresql' }),
    resource('configs.db.resources[1]', {
      ...{
        type: 'file',
        id: 'file:/etc/postgresql/15/main/pg_hba.conf',
        owner: 'postgres:postgres',
        mode: '0640',
      },
      file: '/etc/postgresql/15/main/pg_hba.conf',
      content: 'local all all peer\nhost shop shop ${{ networks.shop.cidr }} scram-sha-256\n',
      notify: ['reload postgresql'],
    }),
    resource('configs.db.resources[2]', { type: 'service', id: 'service:postgresql', service: 'postgresql' }),
    resource('configs.db.resources[3]', {
      ...{ type: 'command', id: 'command:set password of role shop', name: 'set password of role shop' },
      ...{
        as: 'postgres',
        env: { PW: '${{ secrets.dbPassword }}' },
        run: 'psql -v ON_ERROR_STOP=1',
        once: true,
      },
      stdin: "\\getenv pw PW\nalter role shop password :'pw';\n",
    }),
  ],
  verify: [{ path: 'configs.db.verify[0]', from: 'inside', withinMs: 10_000, type: 'tcp', port: 5432 }],
});

const web = config({
  include: ['base'],
  vars: { connections: 256 },
  resources: [
    resource('configs.web.resources[0]', { type: 'package', id: 'package:nginx-light', name: 'nginx-light' }),
    resource('configs.web.resources[1]', {
      ...{ type: 'file', id: 'file:/etc/nginx/conf.d/shop.conf', file: '/etc/nginx/conf.d/shop.conf' },
      ...{ template: 'files/shop.conf', validate: 'nginx -t', notify: ['reload nginx'] },
    }),
    resource('configs.web.resources[2]', { type: 'service', id: 'service:nginx', service: 'nginx' }),
  ],
  verify: [
    {
      path: 'configs.web.verify[0]',
      from: 'outside',
      withinMs: 30_000,
      type: 'http',
      http: '/healthz',
      port: 80,
      status: 200,
    },
    {
      ...{
        path: 'configs.web.verify[1]',
        from: 'inside',
        withinMs: 10_000,
        type: 'command',
        name: 'db answers',
      },
      ...{ env: { DB: '${{ machines.db-1.address }}' }, run: 'pg_isready -h "$DB"' },
    } as ManifestCheck,
  ],
});

export const shop = {
  version: 1,
  fleet: 'shop',
  uid: '01JZB2V5Q8K4T7W9X3C6D1E0FA',
  environment: 'dev',
  rules: { cleanCommit: false },
  people: { platform: { keys: [key('A')] }, oncall: { keys: [key('B')] } },
  secrets: { dbPassword: { env: 'SHOP_DB_PASSWORD' } },
  sites: { main: { provider: 'qemu' } },
  images: { debian12: { build: { suite: 'bookworm', include: [] } } },
  networks: { shop: { cidr: '10.77.0.0/24' } },
  vars: { domain: 'shop.localhost' },
  configs: { base, db, web },
  groups: {
    db: group({
      ...{ config: 'db', addresses: { shop: '10.77.0.10' }, protect: true },
      disks: { data: { sizeMiB: 8192, filesystem: 'ext4', mount: '/var/lib/postgresql', keep: true } },
    }),
    web: group({
      ...{
        config: 'web',
        count: 2,
        addresses: { shop: '10.77.0.20' },
        after: ['db'],
        labels: { tier: 'front' },
      },
      ...{ publish: [80], size: { cpus: 1, memoryMiB: 384, diskMiB: 2048 } },
    }),
  },
} satisfies Manifest;

const sources = {
  'files/shop.conf':
    'server {\n  server_name ${{ vars.domain }};\n${% for m in groups.web.machines -%}\n  # ${{ m.name }} ${{ m.address }}\n${% endfor -%}\n  worker_connections ${{ vars.connections }};\n}\n',
};

/** A loaded fleet around a manifest; each path of it stands on a line of its own, in the order of `lines`. */
export function loaded(manifest: Manifest = shop, more: Readonly<Record<string, string>> = {}): LoadedFleet {
  return {
    manifest,
    environments: ['dev'],
    where: (path): Location => ({ file: 'fleet.yaml', line: lineOf(path), column: 5 }),
    ...{ sources: { ...sources, ...more }, blobs: more, trees: {} },
    revision: '0'.repeat(64),
    warnings: [],
  };
}

/** A line number that depends on the path alone. */
export const lineOf = (path: string): number => 10 + path.length;

/** The shop with one more resource at the end of config `web`. */
export function withResource(given: Given<ManifestResource> & { id: string }): Manifest {
  const added = resource('configs.web.resources[3]', given);
  return { ...shop, configs: { ...shop.configs, web: { ...web, resources: [...web.resources, added] } } };
}
