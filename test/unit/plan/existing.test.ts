import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadFleet } from '../../../src/manifest/index.js';
import { type Base, existingShape, shapeDigest } from '../../../src/model/index.js';
import { compile } from '../../../src/plan/index.js';

const dir = fileURLToPath(new URL('../../../examples/static', import.meta.url));

async function compiled(base: Base = {}, environment = 'office') {
  const loaded = await loadFleet({ dir, environment });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const result = compile(loaded.fleet, base);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const known = (bundle: string, more: object = {}) => ({
  ...{ instance: 'x@1', assigned: bundle, verified: bundle, shape: shapeDigest(existingShape) },
  ...{ site: 'office', group: 'old', protect: false },
  ...more,
});

describe('a plan of machines that exist already', () => {
  it('creates none: each is changed, and its document says how it is reached', async () => {
    const { targets } = await compiled();
    expect(targets.map(({ ref, action, reason }) => [ref.machine, action, reason])).toEqual(
      ['gate', 'files', 'mail'].map((name) => [name, 'change', 'exists already, first change']),
    );
    expect(targets[1]?.connection).toEqual({
      ...{ host: '10.0.0.7', port: 2222, user: 'ops', become: 'sudo', via: ['jump.shop.example'] },
      hostKey: expect.stringContaining('ssh-ed25519 '),
      password: { name: 'opsPassword', ref: { env: 'OPS_PASSWORD' } },
    });
    expect(targets.every(({ shape }) => shape === existingShape)).toBe(true);
  });

  it('gives a machine with vars of its own a bundle of its own', async () => {
    const { targets, bundles } = await compiled();
    const text = (name: string) =>
      JSON.stringify(bundles.get(targets.find(({ ref }) => ref.machine === name)?.bundle ?? ''));
    expect(text('mail')).toContain('mail (mail.internal): ask mail@shop.example');
    expect(text('gate')).toContain('gate (192.0.2.10): ask platform@shop.example');
  });

  it('has nothing to do where a machine has its bundle, at whichever address', async () => {
    const { targets } = await compiled();
    const base = Object.fromEntries(targets.map((one) => [one.ref.machine, known(one.bundle)]));
    const again = await compiled(base);
    expect(again.targets.map(({ action }) => action)).toEqual(['nothing', 'nothing', 'nothing']);
    const moved = await compiled({ mail: known(targets[2]?.bundle ?? '', { site: 'branch' }) });
    expect(moved.targets[2]).toMatchObject({ action: 'change', reason: 'site branch → office' });
  });

  it('gives up what is no longer declared, and says that it stays', async () => {
    const { targets } = await compiled({ gone: known('b') });
    expect(targets.at(-1)).toMatchObject({
      ...{ action: 'destroy', provider: 'static' },
      reason: 'groups.old.machines.gone is gone; it is only given up and goes on as it is',
    });
  });
});
