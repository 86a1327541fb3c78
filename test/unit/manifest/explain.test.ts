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
});
