import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InstanceInfo, instanceId } from '../../../src/model/index.js';
import type { CreateRequest } from '../../../src/providers/port.js';
import { code, Lab, quiet, type Subject } from './lab.js';

const disks = [{ name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: true }] as const;
const nics = [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.9' }];

/** How any provider puts a new instance in the place of an old one; the tests follow each other. */
export function replaceContract(name: string, make: () => Promise<Subject>): void {
  describe(`a replacement by provider ${name}`, () => {
    const lab = Lab.use(make, 'last');
    let one: CreateRequest;
    let second: InstanceInfo;

    const successor = (change: string, replaces: string): CreateRequest => ({
      ...lab.request(one.ref.machine, { shape: one.shape }, change),
      replaces,
    });

    beforeAll(async () => {
      one = lab.fresh({ disks, nics });
      await lab.run(await lab.create(one), 'echo here > /srv/data/note; sync');
    });

    it('has the kept disk with its data and the address, also when killed between', async () => {
      const next = successor('C2', one.instance);
      const [destroyer, creator] = [await lab.caller(), await lab.caller()];
      destroyer.ask({ method: 'destroy', args: [one.instance] });
      await sleep(60);
      await destroyer.kill();
      await lab.provider.destroy(one.instance);
      creator.ask({ method: 'create', args: [next] });
      await sleep(60);
      await creator.kill();
      second = await lab.create(next);
      expect(second).toMatchObject({ addresses: { inner: '10.77.0.9' }, keptDisks: ['data'] });
      expect(await lab.run(second, 'cat /srv/data/note')).toBe('here');
      expect(await lab.run(second, 'ip address show eth1')).toContain('10.77.0.9/24');
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'present', instance: second });
      expect(await lab.it.processes(one.instance)).toBe(0);
    });

    it('never writes to a kept disk together with the one that it replaces', async () => {
      const next = successor('C3', second.instance);
      expect(await code(lab.create(next))).toBe('MW-DISK-ATTACHED');
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'present', instance: second });
      await lab.provider.stop(second.instance, 'off');
      const third = await lab.create(next);
      expect(await code(lab.provider.start(second.instance, quiet))).toBe('MW-DISK-ATTACHED');
      await lab.provider.destroy(second.instance);
      expect(third.instance).toBe(instanceId(one.ref, 'C3'));
      expect(await lab.run(third, 'cat /srv/data/note')).toBe('here');
    });

    it('stands beside the old one until that is destroyed, and each is found by its name', async () => {
      const { provider } = lab;
      const request = lab.fresh();
      const { ref, shape } = request;
      const old = await lab.create(request);
      const next = { ...lab.request(ref.machine, { shape }, 'C2'), replaces: old.instance };
      const made = await lab.create(next);
      expect(await lab.run(old, 'echo serves')).toBe('serves');
      expect(await lab.run(made, 'echo ready')).toBe('ready');
      const declared = { instance: made.instance, protect: false };
      expect(await provider.find(ref, declared)).toEqual({ state: 'present', instance: made });
      expect(await provider.find(ref)).toEqual({ state: 'present', instance: old });
      await provider.destroy(old.instance);
      expect(await provider.find(ref)).toEqual({ state: 'present', instance: made });
      expect(await lab.run(made, 'echo goes on')).toBe('goes on');
    });
  });
}
