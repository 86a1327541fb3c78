import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { OperateTask, Operation } from '../../../src/activities/types.js';
import { MillwrightError } from '../../../src/model/index.js';
import type { SessionOptions, SshSession, SshTarget } from '../../../src/ssh/port.js';
import { Bench, codeOf, instance, type Stored } from './site.js';

let bench: Bench;
let stored: Stored;
beforeEach(async () => {
  bench = new Bench();
  stored = await bench.store('1');
  const task = await bench.task('01A', stored);
  await bench.run(() => bench.activities.vm.createInstance(task));
});

const at = async (queue: 'vm' | 'push', operation: Operation) => {
  const task: OperateTask = await bench.operation(stored, operation);
  return bench.run(() => bench.activities[queue].operate(task));
};
const textOf = async (digest = '') => Buffer.from(await bench.site.store.get(digest)).toString();

/** What is done over SSH from now on, and whether over a connection of its own. */
function watched(answer: (argv: readonly string[]) => number = () => 0) {
  const commands: { readonly argv: readonly string[]; readonly fresh?: boolean }[] = [];
  const withSession = async (
    _: SshTarget,
    use: (session: SshSession) => Promise<unknown>,
    options?: SessionOptions,
  ) =>
    use({
      banner: 'SSH-2.0-Test',
      exec: async (argv) => {
        commands.push({ argv, fresh: options?.fresh });
        return { code: answer(argv), stdout: '', stderr: 'date: not permitted' };
      },
      upload: async () => undefined,
    });
  const forget = vi.fn();
  Object.assign(bench.deps, { ssh: { ...bench.deps.ssh, withSession, forget } });
  return { commands, forget };
}

describe('power', () => {
  it('off asks the guest first and pulls the plug when it does not listen', async () => {
    const asked: string[] = [];
    bench.deps.provider.stop = async (_, how) => {
      asked.push(how);
      if (how === 'off') return;
      const message = 'did not shut down';
      throw new MillwrightError({ code: 'MW-STOP-TIMEOUT', cause: 'machine', message }, false);
    };
    const { said, instance: info } = await at('vm', { kind: 'power', order: 'off' });
    expect(asked).toEqual(['shutdown', 'off']);
    expect(said).toBe('web-1 did not shut down by itself and was switched off');
    expect(info?.power).toBe('off');
  });

  it('off of a machine that is off does nothing, on brings it back', async () => {
    expect((await at('vm', { kind: 'power', order: 'off' })).said).toBe('web-1 was shut down');
    expect((await at('vm', { kind: 'power', order: 'off' })).said).toBe('web-1 was off already');
    expect((await at('vm', { kind: 'power', order: 'on' })).said).toBe('web-1 is on');
    expect((await at('vm', { kind: 'power', order: 'on' })).said).toBe('web-1 was on already');
    expect(bench.site.vm('web-1').info.power).toBe('on');
  });

  it('reboot ends with a machine that runs, and with no connection of before', async () => {
    const { forget } = watched();
    const { boot } = bench.site.vm('web-1').target;
    expect((await at('vm', { kind: 'power', order: 'reboot' })).said).toBe(
      'web-1 was shut down, and is on again',
    );
    expect(bench.site.vm('web-1').target.boot).toBeGreaterThan(boot);
    expect(bench.site.vm('web-1').info.power).toBe('on');
    expect(forget).toHaveBeenCalledWith(instance);
  });

  it('of another instance than the one that was meant is refused', async () => {
    const task = await bench.operation(stored, { kind: 'power', order: 'reset' });
    const other = { ...task, instance: 'uid/dev/web-1@01Z' };
    expect(await codeOf(bench.run(() => bench.activities.vm.operate(other)))).toBe('MW-MACHINE-OTHER');
  });
});

describe('snapshots', () => {
  const snapshot = (order: 'create' | 'restore' | 'delete') =>
    at('vm', { kind: 'snapshot', order, name: 'before' });

  it('are taken, listed and deleted by name', async () => {
    expect((await snapshot('create')).said).toContain('snapshot before of its disks and memory');
    expect((await at('vm', { kind: 'snapshots' })).snapshots?.map(({ name }) => name)).toEqual(['before']);
    expect((await snapshot('delete')).said).toBe('snapshot before of web-1 is deleted');
    expect((await snapshot('delete')).said).toBe('web-1 has no snapshot before');
  });

  it('are restored with the clock set over a connection made afterwards', async () => {
    await snapshot('create');
    const { commands, forget } = watched();
    expect((await snapshot('restore')).said).toBe('web-1 is as it was in snapshot before');
    expect(forget).toHaveBeenCalledWith(instance);
    expect(commands).toHaveLength(1);
    expect(commands[0]?.fresh).toBe(true);
    expect(commands[0]?.argv.slice(0, 3)).toEqual(['date', '-u', '-s']);
  });

  it('that are not there cannot be restored', async () => {
    expect(await codeOf(snapshot('restore'))).toBe('MW-SNAPSHOT-ABSENT');
  });

  it('tell a person when the clock could not be set, and fail a rollback', async () => {
    await snapshot('create');
    watched(() => 1);
    expect((await snapshot('restore')).said).toContain('but its clock may be that of the snapshot');
    const task = { ...(await bench.task('01B', stored)), name: 'before', order: 'restore' as const };
    expect(await codeOf(bench.run(() => bench.activities.vm.snapshotInstance(task)))).toBe(
      'MW-SNAPSHOT-CLOCK',
    );
  });

  it('of a change say whether they existed', async () => {
    const task = { ...(await bench.task('01B', stored)), name: 'undo' };
    const order = (one: 'take' | 'restore' | 'delete') =>
      bench.run(() => bench.activities.vm.snapshotInstance({ ...task, order: one }));
    expect(await order('restore')).toEqual({ existed: false });
    expect(await order('take')).toEqual({ existed: true });
    expect(await order('restore')).toMatchObject({ existed: true, instance: { power: 'on' } });
    expect(await order('delete')).toEqual({ existed: true });
    expect(await order('delete')).toEqual({ existed: false });
  });
});

describe('a console', () => {
  it('goes to the store', async () => {
    const { console } = await at('vm', { kind: 'console', bytes: 1_000 });
    expect(await textOf(console)).toBe(`console of ${instance}`);
  });

  it('is in the store before its machine is destroyed', async () => {
    const { store } = bench.site;
    const put = vi.spyOn(store, 'put');
    bench.site.onDestroy = async () => void expect(put).toHaveBeenCalledWith(`console of ${instance}`);
    const task = await bench.task('01B', stored);
    const { console } = await bench.run(() => bench.activities.vm.destroyInstance(task));
    expect(await textOf(console)).toBe(`console of ${instance}`);
  });

  it('that cannot be kept keeps the machine', async () => {
    const task = await bench.task('01B', stored);
    bench.site.store.put = async () => {
      throw new Error('the store is full');
    };
    await bench.run(() => bench.activities.vm.destroyInstance(task)).catch(() => undefined);
    expect(bench.site.vms.has(instance)).toBe(true);
  });

  it('of a destroy whose reply was lost is still in the result of the next attempt', async () => {
    const task = await bench.task('01B', stored);
    await bench.run(() => bench.activities.vm.destroyInstance(task));
    const heartbeatDetails = { step: 'destroy', console: 'digest' };
    const info = { attempt: 2, heartbeatDetails };
    expect(await bench.run(() => bench.activities.vm.destroyInstance(task), info)).toMatchObject({
      existed: false,
      console: 'digest',
    });
  });
});

describe('a hold', () => {
  it('is put on the machine itself and lifted again', async () => {
    const until = '2099-01-01T00:00:00Z';
    const held = await at('push', { kind: 'hold', reason: 'debugging', by: 'ann', until });
    expect(held.hold).toMatchObject({ reason: 'debugging', by: 'ann' });
    expect(held.said).toContain('web-1 is held');
    expect(await at('push', { kind: 'release' })).toEqual({ said: 'nobody holds web-1', hold: null });
  });

  it('is no work for the queue of machines, nor power for that of targets', async () => {
    expect(await codeOf(at('vm', { kind: 'release' }))).toBe('MW-SITE-MISROUTED');
    expect(await codeOf(at('push', { kind: 'snapshots' }))).toBe('MW-SITE-MISROUTED');
  });
});
