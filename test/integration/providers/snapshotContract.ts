import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import type { InstanceInfo } from '../../../src/model/index.js';
import type { CreateRequest, SnapshotInfo } from '../../../src/providers/port.js';
import { httpStatus } from './http.js';
import { code, Lab, quiet, type Subject } from './lab.js';

const scratch = {
  name: 'scratch',
  sizeMiB: 64,
  filesystem: 'ext4',
  mount: '/srv/scratch',
  keep: false,
} as const;

/** Moments at which a process is killed, ms after it began to take one, or to put one back. */
const taking = [15, 60, 120, 250];
const loading = [60, 180];

/** What any provider does with snapshots; the tests share one machine and follow each other. */
export function snapshotContract(name: string, make: () => Promise<Subject>): void {
  describe(`snapshots of provider ${name}`, () => {
    const lab = Lab.use(make, 'last');
    let one: CreateRequest;
    let machine: InstanceInfo;
    let first: SnapshotInfo;
    let bootId: string;

    const run = (command: string) => lab.run(machine, command);
    const take = (as: string) => lab.provider.takeSnapshot(one.instance, as, quiet);
    const load = (as: string) => lab.provider.loadSnapshot(one.instance, as, quiet);
    const names = async () => (await lab.provider.snapshots(one.instance)).map((each) => each.name);
    /** On the root disk, on a data disk and in memory. */
    const write = (text: string) =>
      run(`for d in /root /srv/scratch /dev; do echo ${text} > $d/note; done; sync; echo ok`);
    const onDisks = () => run('cat /root/note /srv/scratch/note');
    const everywhere = () =>
      run('cat /root/note /srv/scratch/note /dev/note /proc/sys/kernel/random/boot_id');

    beforeAll(async () => {
      one = lab.fresh({ disks: [scratch], publish: [8080] });
      machine = await lab.create(one);
      await run('mkdir /srv/www; httpd -p 8080 -h /srv/www');
      await write('before');
      bootId = await run('cat /proc/sys/kernel/random/boot_id');
    });

    it('hold memory and disks of a running machine under a name, once', async () => {
      expect(await lab.provider.snapshots(one.instance)).toEqual([]);
      first = await take('first');
      expect(first).toMatchObject({ name: 'first', memory: true });
      expect(first.sizeBytes).toBeGreaterThan(1024 * 1024);
      await write('after');
      expect(await take('first')).toEqual(first);
      expect(await lab.provider.snapshots(one.instance)).toEqual([first]);
      expect(await everywhere()).toBe(`after\nafter\nafter\n${bootId}`);
    });

    it('put memory and disks of a running machine back, and its ports answer as before', async () => {
      expect(await load('first')).toEqual(machine);
      expect(await everywhere()).toBe(`before\nbefore\nbefore\n${bootId}`);
      expect(await httpStatus(machine.published['8080'])).toBe('404');
      expect(await lab.it.processes(one.instance)).toBe(1);
    });

    it('start a machine that is off where its memory was', async () => {
      await write('after');
      await lab.provider.stop(one.instance, 'off');
      expect(await load('first')).toEqual(machine);
      expect(await everywhere()).toBe(`before\nbefore\nbefore\n${bootId}`);
      expect(await httpStatus(machine.published['8080'])).toBe('404');
    });

    it('hold the disks of a machine that is off, and leave it off when they are put back', async () => {
      await lab.provider.stop(one.instance, 'shutdown');
      const off = await take('off');
      expect(off).toMatchObject({ name: 'off', memory: false });
      expect(await lab.provider.snapshots(one.instance)).toEqual([first, off]);
      await lab.provider.start(one.instance, quiet);
      await write('after');
      expect(await load('off')).toMatchObject({ power: 'off' });
      expect(await lab.it.processes(one.instance)).toBe(0);
      await lab.provider.start(one.instance, quiet);
      expect(await onDisks()).toBe('before\nbefore');
    });

    it('are gone once deleted, also when asked twice', async () => {
      await lab.provider.deleteSnapshot(one.instance, 'first');
      await lab.provider.deleteSnapshot(one.instance, 'first');
      expect(await names()).toEqual(['off']);
      expect(await code(load('first'))).toBe('MW-SNAPSHOT-ABSENT');
      await lab.provider.deleteSnapshot(one.instance, 'off');
      expect(await names()).toEqual([]);
      await lab.provider.deleteSnapshot(`${one.instance}-gone`, 'off');
    });

    it('have names that go into no path and no option', async () => {
      for (const bad of ['', '../x', '-a', 'a/b', 'a b', 'x'.repeat(64)]) {
        expect(await code(take(bad))).toBe('MW-SNAPSHOT-NAME');
        expect(await code(load(bad))).toBe('MW-SNAPSHOT-NAME');
      }
      expect(await take('1')).toMatchObject({ name: '1' });
      await lab.provider.deleteSnapshot(one.instance, '1');
    });

    it('that a killed attempt left half made are never listed, and are taken when asked again', async () => {
      for (const moment of taking) {
        const attempt = await lab.caller();
        attempt.ask({ method: 'takeSnapshot', args: [one.instance, 'killed'] });
        await sleep(moment);
        await attempt.kill();
        const taken = await take('killed');
        expect(await lab.provider.snapshots(one.instance)).toEqual([taken]);
        await lab.provider.deleteSnapshot(one.instance, 'killed');
      }
      await write('before');
      await take('kept');
      await write('after');
      await load('kept');
      expect(await onDisks()).toBe('before\nbefore');
    });

    it('whose machine crashed meanwhile are whole or not there', async () => {
      const attempt = await lab.caller();
      attempt.ask({ method: 'takeSnapshot', args: [one.instance, 'crashed'] });
      await sleep(60);
      await lab.it.crash(one.instance);
      await attempt.answer();
      await lab.provider.start(one.instance, quiet);
      const there = (await names()).includes('crashed');
      expect(await code(load('crashed'))).toBe(there ? 'no failure' : 'MW-SNAPSHOT-ABSENT');
      expect(await names()).toContain('kept');
      await lab.provider.deleteSnapshot(one.instance, 'crashed');
      // It may have been taken of the machine that was off by then.
      await lab.provider.start(one.instance, quiet);
    });

    it('are put back on all disks or on none, whoever dies meanwhile', async () => {
      for (const moment of loading) {
        await write('after');
        const attempt = await lab.caller();
        attempt.ask({ method: 'loadSnapshot', args: [one.instance, 'kept'] });
        await sleep(moment);
        await lab.it.crash(one.instance);
        await attempt.kill();
        await lab.provider.start(one.instance, quiet);
        expect(await onDisks()).toBeOneOf(['after\nafter', 'before\nbefore']);
        expect(await load('kept')).toEqual(machine);
        expect(await onDisks()).toBe('before\nbefore');
        expect(await lab.it.processes(one.instance)).toBe(1);
      }
    });

    it('are put back once, though an attempt that was stopped wakes up later', async () => {
      for (const moment of loading) {
        const attempt = await lab.caller();
        attempt.ask({ method: 'loadSnapshot', args: [one.instance, 'kept'] });
        await sleep(moment);
        attempt.signal('SIGSTOP');
        expect(await load('kept')).toEqual(machine);
        await write('later');
        attempt.signal('SIGCONT');
        await attempt.answer();
        expect(await onDisks()).toBe('later\nlater');
        await attempt.kill();
      }
    });

    it('are refused where a disk is kept, as that disk would contradict the rest', async () => {
      const kept = lab.fresh({ disks: [{ ...scratch, keep: true }] });
      await lab.create(kept);
      expect(await code(lab.provider.takeSnapshot(kept.instance, 'x', quiet))).toBe('MW-SNAPSHOT-KEEP');
      expect(await code(lab.provider.loadSnapshot(kept.instance, 'x', quiet))).toBe('MW-SNAPSHOT-KEEP');
      await lab.provider.deleteSnapshot(kept.instance, 'x');
      expect(await lab.provider.snapshots(kept.instance)).toEqual([]);
    });
  });
}
