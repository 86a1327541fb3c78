import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { httpStatus } from './http.js';
import { code, Lab, quiet, type Subject } from './lab.js';
import { replaceContract } from './replaceContract.js';
import { shapeContract } from './shapeContract.js';
import { snapshotContract } from './snapshotContract.js';

/** Moments of a create at which its process is killed or stopped, ms after it began. */
const moments = [1, 8, 20, 45, 70, 100, 140, 190];

/** What any provider must do, on real machines. */
export function providerContract(name: string, make: () => Promise<Subject>): void {
  describe(`provider ${name}`, () => {
    const lab = Lab.use(make);

    it('makes a machine that answers with the host key it was given, and finds it', async () => {
      const one = lab.fresh();
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'absent' });
      const machine = await lab.create(one);
      expect(machine).toMatchObject({ instance: one.instance, power: 'on', protect: false });
      expect(await lab.run(machine, 'hostname')).toBe(one.ref.machine);
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'present', instance: machine });
      expect((await lab.provider.list()).map((each) => each.instance)).toEqual([one.instance]);
      expect(await lab.create(one)).toEqual(machine);
      expect(await lab.it.processes(one.instance)).toBe(1);
      expect((await lab.provider.strangers()).join()).not.toContain(one.instance);
      expect(await lab.provider.console(one.instance, 100_000)).not.toBe('');
    });

    it('keeps disk, key and ports over shutdown, plug and reset', async () => {
      const one = lab.fresh();
      const machine = await lab.create({ ...one, shape: lab.it.shape({ publish: [8080] }) });
      const bootId = 'cat /proc/sys/kernel/random/boot_id';
      const first = await lab.run(machine, `echo kept > /root/note; ${bootId}`);
      await lab.provider.stop(one.instance, 'shutdown');
      await lab.provider.stop(one.instance, 'shutdown');
      expect(await lab.provider.find(one.ref)).toMatchObject({
        state: 'present',
        instance: { power: 'off' },
      });
      expect(await lab.provider.start(one.instance, quiet)).toEqual(machine);
      const [note, second] = (await lab.run(machine, `cat /root/note; ${bootId}`)).split('\n');
      expect(note).toBe('kept');
      expect(second).not.toBe(first);
      await lab.provider.reset(one.instance);
      await expect.poll(() => lab.run(machine, bootId), { timeout: 60_000 }).not.toBe(second);
      await lab.provider.stop(one.instance, 'off');
      expect(await lab.provider.console(one.instance, 100_000)).not.toBe('');
      expect(await code(lab.provider.reset(one.instance))).toBe('MW-MACHINE-OFF');
      expect(await code(lab.provider.reach(one.instance, 22))).toBe('MW-MACHINE-OFF');
    });

    it('finds a machine that crashed powered off, and starts it with what it had written', async () => {
      const one = lab.fresh();
      const machine = await lab.create(one);
      await lab.run(machine, 'echo durable > /root/note; sync');
      await lab.it.crash(one.instance);
      expect(await lab.provider.find(one.ref)).toMatchObject({
        state: 'present',
        instance: { power: 'off' },
      });
      const again = await lab.provider.start(one.instance, quiet);
      expect(await lab.run(again, 'cat /root/note')).toBe('durable');
    });

    it('destroys once and for ever', async () => {
      const one = lab.fresh();
      await lab.create(one);
      expect(await lab.provider.destroy(one.instance)).toEqual({ existed: true, keptDisks: [] });
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'absent' });
      expect(await lab.provider.list()).toEqual([]);
      expect(await lab.it.processes(one.instance)).toBe(0);
      expect(await lab.provider.destroy(one.instance)).toEqual({ existed: false, keptDisks: [] });
      expect(await code(lab.create(one))).toBe('MW-CREATE-TOMBSTONE');
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'absent' });
    });

    it('destroys what never existed, and then never creates it', async () => {
      const one = lab.fresh();
      expect(await lab.provider.destroy(one.instance)).toEqual({ existed: false, keptDisks: [] });
      expect(await code(lab.create(one))).toBe('MW-CREATE-TOMBSTONE');
    });

    it('refuses to destroy a protected machine unless forced', async () => {
      const one = lab.fresh();
      await lab.create({ ...one, protect: true });
      expect(await code(lab.provider.destroy(one.instance))).toBe('MW-DESTROY-PROTECTED');
      expect(await lab.provider.find(one.ref)).toMatchObject({ instance: { power: 'on', protect: true } });
      await lab.provider.protect(one.instance, false);
      expect(await lab.provider.destroy(one.instance)).toMatchObject({ existed: true });
    });

    it('refuses a second instance of a machine but the one that replaces it', async () => {
      const one = lab.fresh();
      await lab.create(one);
      const other = lab.request(one.ref.machine, {}, 'C2');
      expect(await code(lab.create(other))).toBe('MW-CREATE-EXISTS');
      await lab.create({ ...other, replaces: one.instance });
      // Until it is gone, the old one is the machine.
      expect(await lab.provider.find(one.ref)).toMatchObject({
        state: 'present',
        instance: { instance: one.instance },
      });
      await lab.provider.destroy(one.instance);
      expect(await lab.provider.find(one.ref)).toMatchObject({
        state: 'present',
        instance: { instance: other.instance },
      });
    });

    it('formats a data disk once, and gives a kept one to the next instance', async () => {
      const disks = [
        { name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: true },
        { name: 'scratch', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/scratch', keep: false },
      ] as const;
      const one = { ...lab.fresh(), shape: lab.it.shape({ disks }) };
      const machine = await lab.create(one);
      const write = 'for d in data scratch; do mountpoint -q /srv/$d && echo here > /srv/$d/note; done; sync';
      await lab.run(machine, write);
      expect(await lab.provider.destroy(one.instance)).toEqual({ existed: true, keptDisks: ['data'] });
      const next = await lab.create(lab.request(one.ref.machine, { shape: one.shape }, 'C2'));
      expect(next.keptDisks).toEqual(['data']);
      expect(next.hostKey).not.toBe(machine.hostKey);
      expect(await lab.run(next, 'cat /srv/data/note; ls /srv/scratch')).toBe('here\nlost+found');
    });

    it('lets machines of one network reach each other', async () => {
      const nic = (last: number) => [{ network: 'inner', cidr: '10.77.0.0/24', address: `10.77.0.${last}` }];
      const left = await lab.create({ ...lab.fresh(), shape: lab.it.shape({ nics: nic(1) }) });
      const right = await lab.create({ ...lab.fresh(), shape: lab.it.shape({ nics: nic(2) }) });
      expect(left.addresses).toEqual({ inner: '10.77.0.1' });
      await lab.run(right, 'true');
      expect(await lab.run(left, 'ping -c 1 -W 5 10.77.0.2')).toContain('1 packets received');
    });

    it('reaches a published port always and any other one until released', async () => {
      const one = { ...lab.fresh(), shape: lab.it.shape({ publish: [8080] }) };
      const machine = await lab.create(one);
      await lab.run(machine, 'mkdir /srv/www; for p in 8080 9090; do httpd -p $p -h /srv/www; done');
      const published = machine.published['8080'];
      expect(await httpStatus(published)).toBe('404');
      const endpoint = await lab.provider.reach(one.instance, 9090);
      expect(await httpStatus(endpoint)).toBe('404');
      await endpoint.release();
      await endpoint.release();
      expect(await httpStatus(endpoint)).toBe('refused');
      expect(await httpStatus(published)).toBe('404');
    });

    it('makes one machine when two processes create it at once', async () => {
      const one = lab.fresh();
      const both = await Promise.all([lab.caller(), lab.caller()]);
      for (const each of both) each.ask({ method: 'create', args: [one] });
      const [first, second] = await Promise.all(both.map((each) => each.answer()));
      expect(first).toMatchObject({ value: { power: 'on' } });
      expect(second).toEqual(first);
      expect(await lab.it.processes(one.instance)).toBe(1);
    });

    it('makes one machine after its creator was killed at any moment', async () => {
      for (const moment of moments) {
        const one = lab.fresh();
        const attempt = await lab.caller();
        attempt.ask({ method: 'create', args: [one] });
        await sleep(moment);
        await attempt.kill();
        const machine = await lab.create(one);
        expect(machine.power).toBe('on');
        expect(await lab.it.processes(one.instance)).toBe(1);
        expect(await lab.provider.find(one.ref)).toEqual({ state: 'present', instance: machine });
        await lab.provider.destroy(one.instance);
        expect(await lab.it.processes(one.instance)).toBe(0);
      }
    });

    it('goes on past a creator that is stopped, which makes no second machine when it wakes up', async () => {
      for (const moment of moments) {
        const one = lab.fresh();
        const attempt = await lab.caller();
        attempt.ask({ method: 'create', args: [one] });
        await sleep(moment);
        attempt.signal('SIGSTOP');
        const machine = await lab.create(one);
        attempt.signal('SIGCONT');
        const late = await attempt.answer();
        expect('value' in late ? late.value.hostKey : late.code).toBeOneOf([machine.hostKey, 'MW-LOCK-LOST']);
        expect(await lab.it.processes(one.instance)).toBe(1);
        await attempt.kill();
        await lab.provider.destroy(one.instance);
      }
    });

    it('destroys past a creator that is stopped, which makes no ghost when it wakes up', async () => {
      for (const moment of moments) {
        const one = lab.fresh();
        const attempt = await lab.caller();
        attempt.ask({ method: 'create', args: [one] });
        await sleep(moment);
        attempt.signal('SIGSTOP');
        await lab.provider.destroy(one.instance, { force: true });
        attempt.signal('SIGCONT');
        await attempt.answer();
        expect(await lab.it.processes(one.instance)).toBe(0);
        expect(await lab.provider.find(one.ref)).toEqual({ state: 'absent' });
        expect(await lab.provider.list()).toEqual([]);
        await attempt.kill();
      }
    });
  });
  snapshotContract(name, make);
  shapeContract(name, make);
  replaceContract(name, make);
}
