import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { code, Lab, quiet, type Subject } from './lab.js';

const disks = [{ name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: true }] as const;
const nics = [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.9' }];

/** How any provider puts a new instance in the place of an old one. */
export function replaceContract(name: string, make: () => Promise<Subject>): void {
  describe(`a replacement by provider ${name}`, () => {
    const lab = Lab.use(make);

    it('gives the kept disk with its data and the address to the next instance, also when killed between', async () => {
      const old = lab.fresh({ disks, nics });
      await lab.run(await lab.create(old), 'echo here > /srv/data/note; sync');
      const next = { ...lab.request(old.ref.machine, { shape: old.shape }, 'C2'), replaces: old.instance };
      const [destroyer, creator] = [await lab.caller(), await lab.caller()];
      destroyer.ask({ method: 'destroy', args: [old.instance] });
      await sleep(60);
      await destroyer.kill();
      expect(await lab.provider.destroy(old.instance)).toMatchObject({ keptDisks: expect.any(Array) });
      creator.ask({ method: 'create', args: [next] });
      await sleep(60);
      await creator.kill();
      const machine = await lab.create(next);
      expect(machine).toMatchObject({ addresses: { inner: '10.77.0.9' }, keptDisks: ['data'] });
      expect(await lab.run(machine, 'cat /srv/data/note')).toBe('here');
      expect(await lab.run(machine, 'ip address show eth1')).toContain('10.77.0.9/24');
      expect(await lab.provider.find(old.ref)).toEqual({ state: 'present', instance: machine });
      expect(await lab.it.processes(old.instance)).toBe(0);
    });

    it('never lets two instances write to one kept disk', async () => {
      const old = lab.fresh({ disks });
      const machine = await lab.create(old);
      await lab.run(machine, 'echo here > /srv/data/note; sync');
      const next = { ...lab.request(old.ref.machine, { shape: old.shape }, 'C2'), replaces: old.instance };
      expect(await code(lab.create(next))).toBe('MW-DISK-ATTACHED');
      expect(await lab.provider.find(old.ref)).toEqual({ state: 'present', instance: machine });
      await lab.provider.stop(old.instance, 'off');
      const successor = await lab.create(next);
      expect(await code(lab.provider.start(old.instance, quiet))).toBe('MW-DISK-ATTACHED');
      await lab.provider.destroy(old.instance);
      expect(await lab.run(successor, 'cat /srv/data/note')).toBe('here');
    });
  });
}
