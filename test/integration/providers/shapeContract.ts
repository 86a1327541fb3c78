import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InstanceInfo, type MachineShape, shapeDigest } from '../../../src/model/index.js';
import type { CreateRequest } from '../../../src/providers/port.js';
import { code, Lab, quiet, type Subject } from './lab.js';

/** Moments of a power cycle at which its process is killed, ms after it began. */
const moments = [50, 3000];

/** How any provider gives a machine another size; the tests share one machine and follow each other. */
export function shapeContract(name: string, make: () => Promise<Subject>): void {
  describe(`a power cycle of provider ${name}`, () => {
    const lab = Lab.use(make, 'last');
    let one: CreateRequest;
    let machine: InstanceInfo;

    const run = (command: string) => lab.run(machine, command);
    const bootId = () => run('cat /proc/sys/kernel/random/boot_id');
    const reshape = (shape: MachineShape) => lab.provider.reshape(one.instance, shape, quiet);
    const small = () => lab.it.shape({ publish: [8080] });
    const big = () => lab.it.shape({ cpus: 2, memoryMiB: 192, publish: [9090] });

    beforeAll(async () => {
      one = lab.fresh({ publish: [8080] });
      machine = await lab.create(one);
      await run('echo kept > /root/note; sync');
    });

    it('gives a machine other cpus, memory and ports, and keeps disk, key and identity', async () => {
      await lab.provider.takeSnapshot(one.instance, 'small', quiet);
      const reshaped = await reshape(big());
      const { published: _, shape, ...same } = reshaped;
      expect(machine).toMatchObject(same);
      expect(shape).toBe(shapeDigest(big()));
      expect(Object.keys(reshaped.published)).toEqual(['9090']);
      expect(await run('nproc; cat /root/note')).toBe('2\nkept');
      expect(Number(await run("awk '/MemTotal/ {print $2}' /proc/meminfo"))).toBeGreaterThan(140 * 1024);
      expect(await lab.provider.find(one.ref)).toEqual({ state: 'present', instance: reshaped });
    });

    it('leaves a machine alone that runs in that shape', async () => {
      const before = await bootId();
      expect(await reshape(big())).toMatchObject({ power: 'on', shape: shapeDigest(big()) });
      expect(await bootId()).toBe(before);
    });

    it('starts a machine in that shape that is off, and no later create takes the shape back', async () => {
      await lab.provider.stop(one.instance, 'off');
      expect(await reshape(big())).toMatchObject({ power: 'on' });
      expect(await lab.create(one)).toMatchObject({ shape: shapeDigest(big()) });
    });

    it('is refused for what only another instance can have', async () => {
      const disk = { name: 'new', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/new', keep: false } as const;
      const nics = [{ network: 'inner', cidr: '10.77.0.0/24', address: '10.77.0.1' }];
      const image = { name: 'debian', kind: 'build', suite: 'bookworm', include: [] } as const;
      const before = await bootId();
      for (const extra of [{ disks: [disk] }, { nics }, { image }, { diskMiB: 512 }]) {
        expect(await code(reshape({ ...big(), ...extra }))).toBe('MW-SHAPE-REPLACE');
      }
      expect(await bootId()).toBe(before);
    });

    it('is taken back by a snapshot with the memory of the former shape', async () => {
      expect(await lab.provider.loadSnapshot(one.instance, 'small', quiet)).toMatchObject({
        power: 'on',
        shape: machine.shape,
        published: { 8080: { host: '127.0.0.1' } },
      });
      expect(await run('nproc')).toBe('1');
    });

    it('ends in one shape or the other when its process is killed, and goes on when asked again', async () => {
      for (const [i, moment] of moments.entries()) {
        const next = i % 2 === 0 ? big() : small();
        const attempt = await lab.caller();
        attempt.ask({ method: 'reshape', args: [one.instance, next] });
        await sleep(moment);
        await attempt.kill();
        expect(await reshape(next)).toMatchObject({ power: 'on', shape: shapeDigest(next) });
        expect(await run('nproc; cat /root/note')).toBe(`${next.cpus}\nkept`);
        expect(await lab.it.processes(one.instance)).toBe(1);
      }
    });
  });
}
