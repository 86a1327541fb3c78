import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MillwrightError } from '../../../src/model/index.js';
import { loadSettings, siteSettings, temporalConfig } from '../../../src/settings.js';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mw-settings-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function write(text: string): string {
  const file = join(home, 'settings.yaml');
  writeFileSync(file, text);
  return file;
}
const load = (text: string) => loadSettings({ env: { HOME: home, MILLWRIGHT_SETTINGS: write(text) } });
function failure(run: () => unknown): MillwrightError {
  try {
    run();
  } catch (error) {
    return error as MillwrightError;
  }
  throw new Error('nothing was thrown');
}

test('without a file everything has a default under the home directory', () => {
  const settings = loadSettings({ env: { HOME: home } });
  expect(settings).toEqual({
    file: join(home, '.config/millwright/settings.yaml'),
    state: join(home, '.local/state/millwright'),
    store: `dir://${home}/.local/state/millwright/store`,
    record: `sqlite://${home}/.local/state/millwright/record.db`,
    sites: {},
    dev: { ports: {} },
  });
});

test('the policy of control is a file of its own, and there is none unless it is named', () => {
  expect(load('').policy).toBeUndefined();
  expect(load('policy: ~/policy.yaml').policy).toBe(`${home}/policy.yaml`);
  expect(failure(() => load('policy: policy.yaml')).info.detail).toEqual([
    expect.stringContaining('settings.yaml:1:9  policy  read "policy.yaml": write an absolute path'),
  ]);
});

test('the file in XDG_CONFIG_HOME is read', () => {
  mkdirSync(join(home, 'millwright'));
  writeFileSync(join(home, 'millwright/settings.yaml'), 'state: /srv/mw\n');
  expect(loadSettings({ env: { HOME: '/none', XDG_CONFIG_HOME: home } }).state).toBe('/srv/mw');
});

test('MILLWRIGHT_STATE wins over the file and moves store and record along', () => {
  const env = { HOME: home, MILLWRIGHT_SETTINGS: write('state: /srv/mw\n'), MILLWRIGHT_STATE: '/run/mw' };
  const settings = loadSettings({ env });
  expect(settings.state).toBe('/run/mw');
  expect(settings.store).toBe('dir:///run/mw/store');
  expect(settings.record).toBe('sqlite:///run/mw/record.db');
});

test('MILLWRIGHT_STORE and MILLWRIGHT_RECORD win over the file', () => {
  const env = {
    HOME: home,
    MILLWRIGHT_SETTINGS: write('store: dir:///srv/store\nrecord: sqlite:///srv/record.db\n'),
    MILLWRIGHT_STORE: 'postgres://db/store',
    MILLWRIGHT_RECORD: 'postgres://db/record',
  };
  const settings = loadSettings({ env });
  expect([settings.store, settings.record]).toEqual(['postgres://db/store', 'postgres://db/record']);
});

test('a flag wins over environment and file', () => {
  const env = { HOME: home, MILLWRIGHT_STATE: '/run/mw' };
  const settings = loadSettings({ env, state: '~/mine', store: 'dir://~/store', record: 'postgres://db/mw' });
  expect(settings.state).toBe(`${home}/mine`);
  expect(settings.store).toBe(`dir://${home}/store`);
  expect(settings.record).toBe('postgres://db/mw');
});

test('a site says what it says and gets defaults for the rest', () => {
  const settings = load(`
sites:
  main:
    limits: {vm: 3}
    secrets: {env: [SHOP_DB_PASSWORD], files: [~/tls.key, /etc/ca.pem], programs: [~/bin/pass]}
    accelerator: tcg
dev: {ports: {ui: 8233}}
`);
  expect(siteSettings(settings, 'main')).toEqual({
    limits: { vm: 3, push: 10, look: 20 },
    secrets: {
      env: ['SHOP_DB_PASSWORD'],
      files: [`${home}/tls.key`, '/etc/ca.pem'],
      programs: [`${home}/bin/pass`],
    },
    accelerator: 'tcg',
    provider: undefined,
    connect: usual(home),
  });
  expect(settings.dev.ports.ui).toBe(8233);
});

test('a site that the file does not name gets defaults and no secrets', () => {
  expect(siteSettings(load(''), 'elsewhere')).toEqual({
    limits: { vm: availableParallelism(), push: 10, look: 20 },
    secrets: { env: [], files: [], programs: [] },
    accelerator: 'auto',
    provider: undefined,
    connect: usual(homedir()),
  });
});

/** What `ssh` itself would read. */
const usual = (of: string) => ({
  ...{ home: of, identityFiles: undefined, agent: undefined, sshConfig: `${of}/.ssh/config` },
  knownHosts: [`${of}/.ssh/known_hosts`, '/etc/ssh/ssh_known_hosts'],
});

test('a site of machines that exist already says with what it logs in', () => {
  const text = `
sites:
  office:
    provider: static
    connect: {identityFiles: [~/.ssh/ops], agent: true, sshConfig: false, knownHosts: [/etc/mw/known_hosts]}
  closed: {connect: {agent: false}}
`;
  const settings = loadSettings({
    env: { HOME: home, MILLWRIGHT_SETTINGS: write(text), SSH_AUTH_SOCK: '/run/agent' },
  });
  expect(siteSettings(settings, 'office')).toMatchObject({
    provider: 'static',
    connect: {
      ...{ home, identityFiles: [`${home}/.ssh/ops`], agent: '/run/agent', sshConfig: undefined },
      knownHosts: ['/etc/mw/known_hosts'],
    },
  });
  expect(siteSettings(settings, 'closed').connect.agent).toBeUndefined();
});

test('all mistakes are reported in one pass with place, path, what was read and the remedy', () => {
  const error = failure(() =>
    load(`state: relative/path
store: s3://bucket
sites:
  main:
    limits: {vm: 0, pusch: 2}
    secrets: {env: [not-a-name]}
  Main_2: {}
dev: [8233]
`),
  );
  const file = join(home, 'settings.yaml');
  expect(error.info.code).toBe('MW-SETTINGS-INVALID');
  expect(error.info.message).toBe(`The settings in ${file} have 7 mistakes.`);
  expect(error.info.detail).toEqual([
    `${file}:1:8  state  read "relative/path": write an absolute path, or one that begins with ~/`,
    `${file}:2:8  store  read "s3://bucket": write an URL that begins with dir:// or postgres:// or postgresql://`,
    `${file}:5:18  sites.main.limits.vm  read 0: write 1 or more`,
    `${file}:5:28  sites.main.limits.pusch  pusch is not a setting. Did you mean push? Known here: vm, push, look.`,
    `${file}:6:21  sites.main.secrets.env.0  read "not-a-name": write the name of an environment variable`,
    `${file}:7:11  sites.Main_2  a site name is a DNS label: a-z, 0-9 and -`,
    `${file}:8:6  dev  read [8233]: Invalid input: expected object, received array`,
  ]);
});

test('broken YAML is reported with its place', () => {
  const error = failure(() => load('sites: {main: [\n'));
  expect(error.info.code).toBe('MW-SETTINGS-INVALID');
  expect(error.info.detail?.[0]).toMatch(/settings\.yaml:\d+:\d+ {2}/);
});

test('a duplicate key and an alias bomb are mistakes, not surprises', () => {
  expect(failure(() => load('state: /a\nstate: /b\n')).info.detail?.[0]).toContain('unique');
  const bomb = `a: &a [1,1]\nb: &b [${'*a,'.repeat(20)}]\nc: &c [${'*b,'.repeat(20)}]\nd: [${'*c,'.repeat(20)}]\n`;
  expect(failure(() => load(bomb)).info.code).toBe('MW-SETTINGS-INVALID');
});

test('a file that was named but is not there is an error', () => {
  const error = failure(() => loadSettings({ env: { HOME: home, MILLWRIGHT_SETTINGS: '/no/such.yaml' } }));
  expect(error.info.code).toBe('MW-SETTINGS-UNREADABLE');
  expect(error.info.message).toBe("The settings file /no/such.yaml can't be read: ENOENT.");
});

test('Temporal is reached by its own variables', async () => {
  const env = { HOME: home, TEMPORAL_ADDRESS: 'temporal.example:7233', TEMPORAL_NAMESPACE: 'mw' };
  const config = await temporalConfig({ env });
  expect(config.connectionOptions.address).toBe('temporal.example:7233');
  expect(config.namespace).toBe('mw');
});
