import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { instanceId, type MachineRef, type MachineShape } from '../../../src/model/index.js';
import type { CreateRequest, Provider } from '../../../src/providers/port.js';
import type { Attempt } from './attempt.js';
import { Operator } from './guest.js';

/** What a provider under test brings along. */
export interface Subject {
  readonly provider: Provider;
  /** A fleet nobody else uses. */
  readonly fleetUid: string;
  /** A machine that boots fast. */
  shape(extra?: Partial<MachineShape>): MachineShape;
  /** A process of its own that will create what it is asked to. */
  creator(): Promise<Attempt>;
  /** Machines that run for this instance at the hypervisor itself, whatever the provider's inventory says. */
  processes(instance: string): Promise<number>;
  /** Takes the power from a machine, as a crash of its host process would. */
  crash(instance: string): Promise<void>;
  dispose(): Promise<void>;
}

const never = new AbortController().signal;
const quiet = () => undefined;

/** Moments of a create at which its process is killed or stopped, ms after it began. */
const moments = [1, 8, 20, 45, 70, 100, 140, 190];

/** What any provider must do, on real machines. */
export function providerContract(name: string, make: () => Promise<Subject>): void {
  describe(`provider ${name}`, () => {
    let subject: Subject;
    let operator: Operator;
    let provider: Provider;
    let count = 0;
    const made = new Set<string>();
    const creators = new Set<Attempt>();

    beforeAll(async () => {
      [subject, operator] = await Promise.all([make(), Operator.create()]);
      provider = subject.provider;
    });
    afterEach(async () => {
      for (const each of creators) await each.kill();
      creators.clear();
      for (const instance of made) await provider.destroy(instance, { force: true });
      made.clear();
    });
    afterAll(() => subject?.dispose());

    const refOf = (machine: string): MachineRef => ({
      fleet: 'contract',
      fleetUid: subject.fleetUid,
      environment: 'test',
      machine,
    });
    const request = (machine: string, more: Partial<CreateRequest> = {}, change = 'C1'): CreateRequest => {
      const ref = refOf(machine);
      const instance = instanceId(ref, change);
      made.add(instance);
      const base = { ref, instance, shape: subject.shape(), protect: false };
      return { ...base, loginKeys: [operator.publicKey], ...more };
    };
    const creator = async () => {
      const attempt = await subject.creator();
      creators.add(attempt);
      return attempt;
    };
    const fresh = () => request(`m-${++count}`);
    const create = (one: CreateRequest) => provider.create(one, quiet, never);
    const code = (promise: Promise<unknown>) =>
      promise.then(
        () => 'no failure',
        (error) => error.info?.code,
      );

    it('makes a machine that answers with the host key it was given, and finds it', async () => {
      const one = fresh();
      expect(await provider.find(one.ref)).toEqual({ state: 'absent' });
      const machine = await create(one);
      expect(machine).toMatchObject({ instance: one.instance, power: 'on', protect: false });
      expect(await operator.run(provider, machine, 'hostname')).toBe(one.ref.machine);
      expect(await provider.find(one.ref)).toEqual({ state: 'present', instance: machine });
      expect((await provider.list()).map((each) => each.instance)).toEqual([one.instance]);
      expect(await create(one)).toEqual(machine);
      expect(await subject.processes(one.instance)).toBe(1);
      expect(await provider.console(one.instance, 100_000)).not.toBe('');
    });

    it('keeps disk, key and ports over shutdown, plug and reset', async () => {
      const one = fresh();
      const machine = await create({ ...one, shape: subject.shape({ publish: [8080] }) });
      const bootId = 'cat /proc/sys/kernel/random/boot_id';
      const first = await operator.run(provider, machine, `echo kept > /root/note; ${bootId}`);
      await provider.stop(one.instance, 'shutdown');
      await provider.stop(one.instance, 'shutdown');
      expect(await provider.find(one.ref)).toMatchObject({ state: 'present', instance: { power: 'off' } });
      expect(await provider.start(one.instance, quiet)).toEqual(machine);
      const [note, second] = (await operator.run(provider, machine, `cat /root/note; ${bootId}`)).split('\n');
      expect(note).toBe('kept');
      expect(second).not.toBe(first);
      await provider.reset(one.instance);
      await expect.poll(() => operator.run(provider, machine, bootId), { timeout: 60_000 }).not.toBe(second);
      await provider.stop(one.instance, 'off');
      expect(await code(provider.reset(one.instance))).toBe('MW-POWER-OFF');
      expect(await code(provider.reach(one.instance, 22))).toBe('MW-POWER-OFF');
    });

    it('finds a machine that crashed powered off, and starts it with what it had written', async () => {
      const one = fresh();
      const machine = await create(one);
      await operator.run(provider, machine, 'echo durable > /root/note; sync');
      await subject.crash(one.instance);
      expect(await provider.find(one.ref)).toMatchObject({ state: 'present', instance: { power: 'off' } });
      const again = await provider.start(one.instance, quiet);
      expect(await operator.run(provider, again, 'cat /root/note')).toBe('durable');
    });

    it('destroys once and for ever', async () => {
      const one = fresh();
      await create(one);
      expect(await provider.destroy(one.instance)).toEqual({ existed: true, keptDisks: [] });
      expect(await provider.find(one.ref)).toEqual({ state: 'absent' });
      expect(await provider.list()).toEqual([]);
      expect(await subject.processes(one.instance)).toBe(0);
      expect(await provider.destroy(one.instance)).toEqual({ existed: false, keptDisks: [] });
      expect(await code(create(one))).toBe('MW-CREATE-TOMBSTONE');
      expect(await provider.find(one.ref)).toEqual({ state: 'absent' });
    });

    it('destroys what never existed, and then never creates it', async () => {
      const one = fresh();
      expect(await provider.destroy(one.instance)).toEqual({ existed: false, keptDisks: [] });
      expect(await code(create(one))).toBe('MW-CREATE-TOMBSTONE');
    });

    it('refuses to destroy a protected machine unless forced', async () => {
      const one = fresh();
      await create({ ...one, protect: true });
      expect(await code(provider.destroy(one.instance))).toBe('MW-DESTROY-PROTECTED');
      expect(await provider.find(one.ref)).toMatchObject({ instance: { power: 'on', protect: true } });
      await provider.protect(one.instance, false);
      expect(await provider.destroy(one.instance)).toMatchObject({ existed: true });
    });

    it('refuses a second instance of a machine but the one that replaces it', async () => {
      const one = fresh();
      await create(one);
      const other = request(one.ref.machine, {}, 'C2');
      expect(await code(create(other))).toBe('MW-CREATE-EXISTS');
      await create({ ...other, replaces: one.instance });
      expect(await provider.find(one.ref)).toMatchObject({ state: 'unknown' });
      await provider.destroy(one.instance);
      expect(await provider.find(one.ref)).toMatchObject({
        state: 'present',
        instance: { instance: other.instance },
      });
    });

    it('formats a data disk once, and gives a kept one to the next instance', async () => {
      const disks = [
        { name: 'data', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/data', keep: true },
        { name: 'scratch', sizeMiB: 64, filesystem: 'ext4', mount: '/srv/scratch', keep: false },
      ] as const;
      const one = { ...fresh(), shape: subject.shape({ disks }) };
      const machine = await create(one);
      const write = 'for d in data scratch; do mountpoint -q /srv/$d && echo here > /srv/$d/note; done; sync';
      await operator.run(provider, machine, write);
      expect(await provider.destroy(one.instance)).toEqual({ existed: true, keptDisks: ['data'] });
      const next = await create(request(one.ref.machine, { shape: one.shape }, 'C2'));
      expect(next.keptDisks).toEqual(['data']);
      expect(next.hostKey).not.toBe(machine.hostKey);
      expect(await operator.run(provider, next, 'cat /srv/data/note; ls /srv/scratch')).toBe(
        'here\nlost+found',
      );
    });

    it('lets machines of one network reach each other', async () => {
      const nic = (last: number) => [{ network: 'inner', cidr: '10.77.0.0/24', address: `10.77.0.${last}` }];
      const left = await create({ ...fresh(), shape: subject.shape({ nics: nic(1) }) });
      const right = await create({ ...fresh(), shape: subject.shape({ nics: nic(2) }) });
      expect(left.addresses).toEqual({ inner: '10.77.0.1' });
      await operator.run(provider, right, 'true');
      expect(await operator.run(provider, left, 'ping -c 1 -W 5 10.77.0.2')).toContain('1 packets received');
    });

    it('reaches a published port always and any other one until released', async () => {
      const one = { ...fresh(), shape: subject.shape({ publish: [8080] }) };
      const machine = await create(one);
      await operator.run(
        provider,
        machine,
        'mkdir /srv/www; for p in 8080 9090; do httpd -p $p -h /srv/www; done',
      );
      const published = machine.published['8080'];
      expect(await httpStatus(published)).toBe('404');
      const endpoint = await provider.reach(one.instance, 9090);
      expect(await httpStatus(endpoint)).toBe('404');
      await endpoint.release();
      await endpoint.release();
      expect(await httpStatus(endpoint)).toBe('refused');
      expect(await httpStatus(published)).toBe('404');
    });

    it('makes one machine when two processes create it at once', async () => {
      const one = fresh();
      const both = await Promise.all([creator(), creator()]);
      for (const each of both) each.ask(one);
      const [first, second] = await Promise.all(both.map((each) => each.answer()));
      expect(first).toMatchObject({ value: { power: 'on' } });
      expect(second).toEqual(first);
      expect(await subject.processes(one.instance)).toBe(1);
    });

    it('makes one machine after its creator was killed at any moment', async () => {
      for (const moment of moments) {
        const one = fresh();
        const attempt = await creator();
        attempt.ask(one);
        await sleep(moment);
        await attempt.kill();
        const machine = await create(one);
        expect(machine.power).toBe('on');
        expect(await subject.processes(one.instance)).toBe(1);
        expect(await provider.find(one.ref)).toEqual({ state: 'present', instance: machine });
        await provider.destroy(one.instance);
        expect(await subject.processes(one.instance)).toBe(0);
      }
    });

    it('goes on past a creator that is stopped, which makes no second machine when it wakes up', async () => {
      for (const moment of moments) {
        const one = fresh();
        const attempt = await creator();
        attempt.ask(one);
        await sleep(moment);
        attempt.signal('SIGSTOP');
        const machine = await create(one);
        attempt.signal('SIGCONT');
        const late = await attempt.answer();
        expect('value' in late ? late.value.hostKey : late.code).toBeOneOf([machine.hostKey, 'MW-LOCK-LOST']);
        expect(await subject.processes(one.instance)).toBe(1);
        await attempt.kill();
        await provider.destroy(one.instance);
      }
    });

    it('destroys past a creator that is stopped, which makes no ghost when it wakes up', async () => {
      for (const moment of moments) {
        const one = fresh();
        const attempt = await creator();
        attempt.ask(one);
        await sleep(moment);
        attempt.signal('SIGSTOP');
        await provider.destroy(one.instance, { force: true });
        attempt.signal('SIGCONT');
        await attempt.answer();
        expect(await subject.processes(one.instance)).toBe(0);
        expect(await provider.find(one.ref)).toEqual({ state: 'absent' });
        expect(await provider.list()).toEqual([]);
        await attempt.kill();
      }
    });
  });
}

/** Status of a GET on an endpoint; `refused` when nobody listens. */
function httpStatus(at: { host: string; port: number } | undefined): Promise<string> {
  if (!at) throw new Error('no endpoint');
  return new Promise((resolve) => {
    const socket = connect(at.port, at.host, () => socket.write('GET /nothing HTTP/1.0\r\n\r\n'));
    socket.once('data', (data) => {
      resolve(data.toString('latin1').split(' ')[1] ?? '');
      socket.destroy();
    });
    socket.once('error', () => resolve('refused'));
  });
}
