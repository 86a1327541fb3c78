import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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
    expect(second.stderr).toMatch(/busy/i);
    expect(second.stderr).toMatch(/run 2/);
    expect((await first).code).toBe(0);
  });

  it('refuses a VM that answers with another host key as unproven, with both fingerprints', async () => {
    const [key] = stack.qemu().map((one) => one.key);
    const instance = join(stack.state, 'instances', key ?? expect.fail('no VM runs'));
    const expected = fingerprintOf(join(instance, 'host_key.pub'), instance);
    // The record remembers the key made in create; the machine now answers with another.
    const { stdout } = await stack.cli(['exec', 'node-1', '--', 'sh', '-c', replaceHostKey], { cwd: fleet });
    const answered = stdout.match(/SHA256:[A-Za-z0-9+/]+/)?.[0] ?? expect.fail(stdout);
    change('sleep 1', 'sleep 2');
    const up = await stack.cli(['up', '--yes'], { cwd: fleet });
    expect(up.code).toBe(1);
    const told = up.stdout + up.stderr;
    expect(told).toMatch(/unproven|MW-(READY|SSH)-HOSTKEY/);
    expect(told).toContain(expected);
    expect(told).toContain(answered);
  });

  it('names a VM whose machine nobody knows, and a machine whose VM is gone', async () => {
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

/** Makes a new host key and lets dropbear start anew with it; prints its fingerprint. */
const replaceHostKey = `key=/etc/dropbear/dropbear_ed25519_host_key
rm -f $key; dropbearkey -t ed25519 -f $key | grep -o 'SHA256:[^ ]*'; (sleep 1; killall dropbear) >/dev/null 2>&1 &`;

function fingerprintOf(publicKey: string, dir: string): string {
  expect(readdirSync(dir)).toContain('host_key');
  const file = readdirSync(dir).includes('host_key.pub') ? publicKey : join(dir, 'host_key');
  return (
    execFileSync('ssh-keygen', ['-l', '-f', file])
      .toString()
      .match(/SHA256:[A-Za-z0-9+/]+/)?.[0] ?? ''
  );
}
