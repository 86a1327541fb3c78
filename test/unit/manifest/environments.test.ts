import { describe, expect, it } from 'vitest';
import { loadEnvironments } from '../../../src/manifest/index.js';
import { fixturesDir, minimal, shopDir, withFiles } from './helpers.js';

describe('loadEnvironments', () => {
  it('gives one fleet per environment', async () => {
    const result = await loadEnvironments(shopDir);
    expect(result.ok && result.fleets.map((fleet) => fleet.manifest.environment)).toEqual(['dev', 'prod']);
  });

  it('needs no default environment', async () => {
    const text = minimal.replace('{default: true}', '{}');
    const result = await withFiles({ 'fleet.yaml': text }, loadEnvironments);
    expect(result).toMatchObject({ ok: true, fleets: [{ manifest: { environment: 'dev' } }] });
  });

  it('says what is wrong in one environment only, and what is wrong in all of them once', async () => {
    const text = `${minimal.replace('dev: {default: true}', 'dev: {}, prod: {differences: [{because: x, omit: [vars.no]}]}')}vars: {a: }\n`;
    const result = await withFiles({ 'fleet.yaml': text }, loadEnvironments);
    expect(result.ok || result.problems.map((problem) => problem.path)).toEqual([
      'environments.prod.differences[0].omit',
      'vars.a',
    ]);
  });

  it('says so where there is none', async () => {
    const result = await loadEnvironments(`${fixturesDir}/no-environments`);
    expect(result).toMatchObject({ ok: false, problems: [{ message: 'No environment is declared.' }] });
  });
});
