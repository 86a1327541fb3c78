import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockHolder, withLock } from '../../../src/providers/qemu/lock.js';

describe('a lock', () => {
  let dir: string;
  let path: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'mw-lock-'));
    path = join(dir, 'lock');
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  });

  /** Another process that holds the lock and signs it as ours do. */
  async function otherHolder(signs = true): Promise<ChildProcess> {
    const hold = 'exec 9>>"$1"; flock 9; set -- "$1" $(cat /proc/$$/stat)';
    const sign = 'shift 2; printf \'{"pid":%s,"started":"%s"}\' $$ "${21}" >&9';
    const script = [hold, ...(signs ? [sign] : []), 'echo held; exec sleep 600 9>&9'].join('; ');
    const child = spawn('bash', ['-c', script, 'bash', path], { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    return child;
  }

  it('lets one act at a time, within a process too', async () => {
    const order: string[] = [];
    const act = (name: string) =>
      withLock(path, {}, async () => {
        order.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} out`);
      });
    await Promise.all([act('a'), act('b')]);
    expect(order.map((entry) => entry.split(' ')[1])).toEqual(['in', 'out', 'in', 'out']);
  });

  it('names its holder while it is held, and nobody afterwards', async () => {
    await withLock(path, {}, async () => expect(await lockHolder(path)).toMatchObject({ pid: process.pid }));
    expect(await lockHolder(path)).toBeUndefined();
  });

  it('is freed by a failure', async () => {
    const failing = withLock(path, {}, async () => {
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await withLock(path, {}, async () => 'again')).toBe('again');
  });

  it('is freed by the death of its holder', async () => {
    const holder = await otherHolder();
    expect(await lockHolder(path)).toMatchObject({ pid: holder.pid });
    holder.kill('SIGKILL');
    expect(await withLock(path, {}, async () => 'mine')).toBe('mine');
  });

  it('is refused by name while its holder works', async () => {
    const holder = await otherHolder();
    const waiting = withLock(path, { patienceMs: 0 }, async () => 'mine');
    await expect(waiting).rejects.toMatchObject({
      info: { code: 'MW-LOCK-BUSY', message: expect.stringContaining(`process ${holder.pid} `) },
      retryable: true,
    });
  });

  it('is taken over from a holder that is stopped', async () => {
    const holder = await otherHolder();
    holder.kill('SIGSTOP');
    expect(await withLock(path, {}, async () => 'mine')).toBe('mine');
  });

  it('is taken over from a holder that was stopped before it could sign', async () => {
    const holder = await otherHolder(false);
    holder.kill('SIGSTOP');
    expect(await withLock(path, {}, async () => 'mine')).toBe('mine');
  });

  it('is known to be lost by a holder that was stopped meanwhile', async () => {
    await withLock(path, {}, async (held) => {
      await held.assert();
      rmSync(path);
      await withLock(path, {}, async () => undefined);
      await expect(held.assert()).rejects.toMatchObject({ info: { code: 'MW-LOCK-LOST' } });
    });
  });
});
