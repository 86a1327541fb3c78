import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropbearKey } from '../../../src/providers/qemu/hostkey.js';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';

describe('somebody else is at work', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'strangers', {
      count: 1,
      resources: '      - command: take a while\n        run: sleep 8\n        once: true',
    });
  });
  afterAll(() => stack?.stop());

  it('attaches a second up with the same intent to the run of the first', async () => {
    const first = stack.cli(['up', '--yes', '-o', 'json'], { cwd: fleet });
    await rolloutRuns();
    const second = await stack.cli(['up', '--yes', '-o', 'json'], { cwd: fleet });
    expect(second.code, second.stderr).toBe(0);
    expect(JSON.parse(second.stdout).change).toBe(JSON.parse((await first).stdout).change);
  });

  it('tells a second up with another intent who is busy, and with which run', async () => {
    change('sleep 8', 'sleep 9');
    const first = stack.cli(['up', '--yes'], { cwd: fleet });
    await rolloutRuns();
    change('sleep 9', 'sleep 1');
    const second = await stack.cli(['up', '--yes'], { cwd: fleet });
    expect(second.code).not.toBe(0);
    expect(second.stderr).toMatch(/MW-BUSY .* is busy: \S+ runs up with plan [0-9a-f]{8}/);
    expect(second.stderr).toContain('millwright stop');
    expect((await first).code).toBe(0);
  });

  it('refuses a VM that answers with another host key as unproven, with both fingerprints', async () => {
    const [key] = stack.qemu().map((one) => one.key);
    const made = join(stack.state, 'instances', key ?? expect.fail('no VM runs'), 'host_key');
    const other = join(stack.dir, 'other_key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', other]);
    const bytes = dropbearKey(readFileSync(other, 'utf8')).toString('base64');
    const swap = `echo ${bytes} | base64 -d > /etc/dropbear/host_key
      setsid sh -c 'sleep 1; killall dropbear' >/dev/null 2>&1 </dev/null &`;
    const swapped = await stack.cli(['exec', 'node-1', '--', 'sh', '-c', swap], { cwd: fleet });
    expect(swapped, swapped.stderr).toMatchObject({ code: 0 });
    await stack.until('dropbear answers with the other key', async () => {
      const { ports } = JSON.parse(readFileSync(join(dirname(made), 'running.json'), 'utf8'));
      const seen = execFileSync('ssh-keyscan', ['-T', '2', '-p', String(ports[22]), '127.0.0.1']).toString();
      return seen.includes(readFileSync(`${other}.pub`, 'utf8').split(' ')[1] ?? 'no key');
    });
    change('sleep 1', 'sleep 2');
    const up = await stack.cli(['up', '--yes'], { cwd: fleet });
    expect(up.code, up.stderr).toBe(3);
    const told = up.stdout + up.stderr;
    expect(told).toMatch(/unproven|MW-(READY|SSH)-HOSTKEY/);
    expect(told).toContain(fingerprintOf(made));
    expect(told).toContain(fingerprintOf(other));
  });

  it('names a machine whose VM is gone, makes none unasked, and makes it anew with the next plan', async () => {
    const vm = stack.qemu()[0] ?? expect.fail('no VM runs');
    process.kill(vm.pid, 'SIGKILL');
    rmSync(join(stack.state, 'instances', vm.key), { recursive: true });
    const status = await stack.cli(['status'], { cwd: fleet });
    expect(status.stdout + status.stderr).toMatch(/node-1 .*gone/);
    const found = await stack.cli(['up', '--supersede', '--yes'], { cwd: fleet });
    expect(found.code, found.stderr).toBe(3);
    expect(found.stdout).toContain('MW-MACHINE-GONE');
    const up = await stack.cli(['up', '--supersede', '--yes'], { cwd: fleet });
    expect(up, up.stdout + up.stderr).toMatchObject({ code: 0 });
    expect(stack.qemu()).toHaveLength(1);
  });

  it('names a VM whose machine nobody knows', async () => {
    const [vm] = stack.qemu();
    rmSync(join(stack.state, 'record.db'), { force: true });
    for (const suffix of ['-wal', '-shm']) rmSync(join(stack.state, `record.db${suffix}`), { force: true });
    await stack.killWorkers();
    expect((await stack.cli(['doctor', '--migrate'])).code).toBe(0);
    await stack.startWorkers();
    const orphan = await stack.cli(['doctor'], { cwd: fleet });
    expect(orphan.stdout).toContain(`${fleetUid('strangers')}/dev/node-1`);
    expect(vm).toBeDefined();
  });

  const rolloutRuns = () =>
    stack.withClient((client) =>
      stack.until('the rollout provisions', async () => {
        const handle = client.workflow.getHandle(`machine/${fleetUid('strangers')}/dev/node-1`);
        const { raw, status } = await handle.describe();
        const pending = raw.pendingActivities?.[0]?.activityType?.name;
        return status.name === 'RUNNING' && pending === 'provision';
      }),
    );

  function change(from: string, to: string): void {
    const manifest = join(fleet, 'fleet.yaml');
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(from, to));
  }
});

const fingerprintOf = (key: string): string =>
  execFileSync('ssh-keygen', ['-l', '-f', key])
    .toString()
    .match(/SHA256:[A-Za-z0-9+/]+/)?.[0] ?? key;
