import { describe, expect, it } from 'vitest';
import { varCandidates } from '../../../src/manifest/index.js';
import { loaded, minimal, withFiles } from './helpers.js';

const fleet = `${minimal}include: [base.yaml]
sites: {main: {provider: qemu}}
images: {micro: {build: micro}}
defaults: {site: main, image: micro, size: {cpus: 1, memory: 128MiB, disk: 256MiB}}
vars: {port: 3}
configs:
  web:
    include: [base]
    vars: {port: 2}
groups:
  web: {config: web, vars: {port: 4}}
  db: {config: web}
`;
const base = 'configs:\n  base:\n    vars: {port: 1}\n';

describe('varCandidates', () => {
  it('lists config, fleet and group in this order, each with its place, and the last one counts', async () => {
    await withFiles({ 'fleet.yaml': fleet, 'base.yaml': base }, async (dir) => {
      const candidates = varCandidates(await loaded(dir), 'web-1', 'port');
      expect(
        candidates.map(({ path, value, at, wins }) => [path, value, `${at?.file}:${at?.line}`, wins]),
      ).toEqual([
        ['configs.base.vars.port', 1, 'base.yaml:3', false],
        ['configs.web.vars.port', 2, 'fleet.yaml:13', false],
        ['vars.port', 3, 'fleet.yaml:9', false],
        ['groups.web.vars.port', 4, 'fleet.yaml:15', true],
      ]);
    });
  });

  it('ends with the fleet where the group says nothing', async () => {
    await withFiles({ 'fleet.yaml': fleet, 'base.yaml': base }, async (dir) => {
      expect(varCandidates(await loaded(dir), 'db-1', 'port').at(-1)).toMatchObject({
        level: 'fleet',
        value: 3,
        wins: true,
      });
    });
  });

  it('follows parts of a var into each definition, of which the strongest counts whole', async () => {
    const parts = fleet
      .replace('vars: {port: 3}', 'vars: {port: {http: 80, all: [1, 2]}}')
      .replace('vars: {port: 4}', 'vars: {port: {https: 443}}');
    await withFiles({ 'fleet.yaml': parts, 'base.yaml': base }, async (dir) => {
      const of = async (name: string, machine = 'web-1') =>
        varCandidates(await loaded(dir), machine, name).map(({ path, value, wins }) => [path, value, wins]);
      expect(await of('port.http')).toEqual([
        ['configs.base.vars.port.http', undefined, false],
        ['configs.web.vars.port.http', undefined, false],
        ['vars.port.http', 80, false],
        ['groups.web.vars.port.http', undefined, true],
      ]);
      expect((await of('port.all.1', 'db-1')).at(-1)).toEqual(['vars.port.all[1]', 2, true]);
    });
  });

  it('ends with the machine itself where that exists already and has vars of its own', async () => {
    const office =
      `${fleet.replace('groups:', 'groups:\n  hosts: {config: web, site: office, vars: {port: 5}, machines: {gate: {host: gate, hostKey: known_hosts, vars: {port: 6}}}}')}`.replace(
        'sites: {main: {provider: qemu}}',
        'sites: {main: {provider: qemu}, office: {provider: static}}',
      );
    await withFiles({ 'fleet.yaml': office, 'base.yaml': base }, async (dir) => {
      const candidates = varCandidates(await loaded(dir), 'gate', 'port');
      expect(candidates.slice(-2).map(({ level, path, value, wins }) => [level, path, value, wins])).toEqual([
        ['group', 'groups.hosts.vars.port', 5, false],
        ['machine', 'groups.hosts.machines.gate.vars.port', 6, true],
      ]);
    });
  });
});
