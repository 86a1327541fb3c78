import { describe, expect, it } from 'vitest';
import {
  existingShape,
  type MachineConnection,
  type MillwrightError,
  shapeDigest,
} from '../../../src/model/index.js';
import { createStaticProvider } from '../../../src/providers/static/index.js';

const ref = { fleet: 'office', fleetUid: '01U', environment: 'prod', machine: 'gate' };
const connection: MachineConnection = {
  ...{ host: '192.0.2.10', port: 22, user: 'ops', hostKey: 'ssh-ed25519 AAAA', become: 'sudo' },
};
const provider = createStaticProvider('office');
const instance = '01U/prod/gate@01C';
const there = {
  ...{ instance, machineId: '01U/prod/gate', power: 'on', protect: false, connection },
  ...{ hostKey: 'ssh-ed25519 AAAA', addresses: { host: '192.0.2.10' }, published: {}, keptDisks: [] },
  shape: shapeDigest(existingShape),
};

/** What of the contract of providers applies where nothing is made. */
describe('provider static', () => {
  it('finds every machine as its document declares it, whoever asks and how often', async () => {
    const declared = { instance, connection, protect: false };
    for (const one of [provider, createStaticProvider('office')])
      expect(await one.find(ref, declared)).toEqual({ state: 'present', instance: there });
  });

  it('never says that a machine is absent: nobody here could make it', async () => {
    expect(await provider.find(ref)).toMatchObject({ state: 'unknown' });
  });

  it('takes a create for what is there already', async () => {
    const request = { ref, instance, shape: existingShape, protect: false, loginKeys: [], connection };
    const signal = new AbortController().signal;
    expect(await provider.create(request, () => undefined, signal)).toEqual(there);
    expect(await provider.create(request, () => undefined, signal)).toEqual(there);
  });

  it('gives up and touches nothing, as often as it is asked', async () => {
    const report = { existed: true, left: true, keptDisks: [] };
    expect(await provider.destroy(instance)).toEqual(report);
    expect(await provider.destroy(instance, { force: true })).toEqual(report);
  });

  it.each([
    ['power on', () => provider.start(instance, () => undefined)],
    ['power off', () => provider.stop(instance, 'off')],
    ['reset', () => provider.reset(instance)],
    ['snapshot', () => provider.takeSnapshot(instance, 'one', () => undefined)],
    ['snapshot', () => provider.loadSnapshot(instance, 'one', () => undefined)],
    ['reshape', () => provider.reshape(instance, existingShape, () => undefined)],
  ] as const)('refuses to %s by name', async (what, ask) => {
    const error = await (async () => ask())().then(
      () => Promise.reject(new Error('it did not fail')),
      (failure: MillwrightError) => failure,
    );
    expect(error.info).toMatchObject({ code: 'MW-STATIC-REFUSED', cause: 'change' });
    expect(error.info.message).toContain(`Site office can't ${what} a machine`);
    expect(error.retryable).toBe(false);
  });

  it('has no snapshots, console, inventory or strangers', async () => {
    expect(await provider.snapshots(instance)).toEqual([]);
    await provider.deleteSnapshot(instance, 'one');
    expect(await provider.console(instance, 100)).toBe('');
    expect([await provider.list(), await provider.strangers()]).toEqual([[], []]);
  });
});
