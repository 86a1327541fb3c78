import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { MachineShape } from '../../../src/model/index.js';
import { createQemuProvider } from '../../../src/providers/qemu/index.js';
import { layoutOf } from '../../../src/providers/qemu/layout.js';
import { withLock } from '../../../src/providers/qemu/lock.js';
import { Attempt } from './attempt.js';
import { providerContract } from './contract.js';
import { Operator } from './guest.js';
import { quiet, type Subject } from './lab.js';
import { qemuPids, temporarySite } from './site.js';

const caller = fileURLToPath(new URL('./caller.ts', import.meta.url));

const micro = (extra: Partial<MachineShape> = {}): MachineShape => ({
  cpus: 1,
  memoryMiB: 128,
  diskMiB: 128,
  image: { name: 'micro', kind: 'micro' },
  disks: [],
  nics: [],
  publish: [],
  ...extra,
});

providerContract('qemu', async (): Promise<Subject> => {
  const { remove, ...site } = temporarySite();
  const pids = (instance: string) => qemuPids(site.stateDir, instance);
  return {
    provider: createQemuProvider(site),
    fleetUid: randomUUID(),
    shape: micro,
    caller: async () => {
      const attempt = await Attempt.prepare(caller, 'call');
      return Object.assign(attempt, {
        ask: (request: object) => Attempt.prototype.ask.call(attempt, { site, ...request }),
      });
    },
    processes: async (instance) => (await pids(instance)).length,
    crash: async (instance) => {
      const killed = await pids(instance);
      for (const pid of killed) process.kill(pid, 'SIGKILL');
      // Somebody who works on it may have started another one already.
      const left = async () => (await pids(instance)).filter((pid) => killed.includes(pid));
      await expect.poll(left).toEqual([]);
    },
    dispose: remove,
  };
});

describe('the inventory of a qemu site', () => {
  const { remove, ...site } = temporarySite();
  afterAll(remove);
  const ref = { fleet: 'f', fleetUid: '01F', environment: 'test', machine: 'm-1' };

  it('answers unknown for a folder that nobody can read, and permits no create', async () => {
    const provider = createQemuProvider(site);
    const folder = join(site.stateDir, 'instances', '0123456789abcdef');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'instance.json'), '{"v":');
    expect(await provider.find(ref)).toMatchObject({
      state: 'unknown',
      reason: expect.stringContaining(folder),
    });
    expect(await provider.list()).toMatchObject([{ power: 'unknown' }]);
    const request = { ref, instance: '01F/test/m-1@C1', shape: micro(), protect: false, loginKeys: [] };
    const creating = provider.create(request, () => undefined, new AbortController().signal);
    await expect(creating).rejects.toMatchObject({ info: { code: 'MW-INSTANCE-UNREADABLE' } });
    rmSync(folder, { recursive: true });
    expect(await provider.find(ref)).toEqual({ state: 'absent' });
  });

  it('answers unknown while somebody works on the machine', async () => {
    const provider = createQemuProvider(site);
    const { lock } = layoutOf(realpathSync(site.stateDir));
    const found = await withLock(lock('01F/test/m-1'), {}, () => provider.find(ref));
    expect(found).toEqual({ state: 'unknown', reason: `process ${process.pid} works on it` });
  });

  it('refuses a machine that its image cannot carry, before anything is made', async () => {
    const provider = createQemuProvider(site);
    const create = (shape: MachineShape) =>
      provider.create(
        { ref, instance: '01F/test/m-1@C2', shape, protect: false, loginKeys: [] },
        () => undefined,
        new AbortController().signal,
      );
    const xfs = { name: 'data', sizeMiB: 64, filesystem: 'xfs', mount: '/srv', keep: false } as const;
    await expect(create(micro({ diskMiB: 16 }))).rejects.toMatchObject({ info: { code: 'MW-IMAGE-UNFIT' } });
    await expect(create(micro({ disks: [xfs] }))).rejects.toMatchObject({ info: { code: 'MW-IMAGE-UNFIT' } });
    expect(await provider.list()).toEqual([]);
  });

  it('names what is not ours as people know it, and lets it be', async () => {
    const provider = createQemuProvider(site);
    const folder = join(realpathSync(site.stateDir), 'instances', 'lost+found');
    mkdirSync(folder, { recursive: true });
    const args = ['-M', 'none', '-nodefaults', '-display', 'none', '-S', '-name', 'guest=a,,b,process=x'];
    const somebody = spawn('qemu-system-x86_64', args, { stdio: 'ignore' });
    try {
      await expect.poll(() => provider.strangers()).toContain(`QEMU process ${somebody.pid}, which runs a,b`);
      expect(await provider.strangers()).toContain(folder);
      expect(await provider.list()).toEqual([]);
      expect(await provider.find(ref)).toEqual({ state: 'absent' });
      expect(somebody.exitCode).toBeNull();
    } finally {
      somebody.kill();
    }
  });
});

describe('a restore that died on a qemu site', () => {
  const { remove, ...site } = temporarySite();
  const provider = createQemuProvider(site);
  const ref = { fleet: 'f', fleetUid: '01R', environment: 'test', machine: 'm-1' };
  const instance = '01R/test/m-1@C1';
  afterAll(async () => {
    await provider.destroy(instance, { force: true });
    await remove();
  });

  it('makes the power unknown, and the next start finishes it before the guest runs', async () => {
    const operator = await Operator.create();
    const request = { ref, instance, shape: micro(), protect: false, loginKeys: [operator.publicKey] };
    await provider.create(request, quiet, new AbortController().signal);
    await provider.stop(instance, 'off');
    await provider.takeSnapshot(instance, 'empty', quiet);
    const machine = await provider.start(instance, quiet);
    await operator.run(provider, machine, 'echo later > /root/note; sync');
    await provider.stop(instance, 'off');
    const note = layoutOf(realpathSync(site.stateDir)).instance(instance).restoring;
    writeFileSync(note, 'empty\n');
    expect(await provider.find(ref)).toMatchObject({ instance: { power: 'unknown' } });
    expect(await provider.start(instance, quiet)).toMatchObject({ power: 'on' });
    expect(await operator.run(provider, machine, 'ls /root/note 2>&1 || true')).toContain('No such file');
    expect(existsSync(note)).toBe(false);
  });
});
