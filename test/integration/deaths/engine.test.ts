import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { destroyAll, expectSettled, machineReached, startUp, useLab } from './support.js';

describe('what the workers stand on is killed', () => {
  const lab = useLab();

  for (const activity of ['createInstance', 'provision'] as const) {
    it(`goes on when the Temporal server is killed during ${activity} and started again on its file`, async () => {
      const up = startUp(lab.stack, lab.fleet);
      await machineReached(lab.stack, 'node-1', { activity, when: 'started', afterMs: 100 });
      await lab.stack.killServer();
      await sleep(1000);
      await lab.stack.startServer();
      await expectSettled(lab.stack, lab.fleet, await up);
      await destroyAll(lab.stack, lab.fleet);
    });
  }

  it('fails by name when QEMU is killed while it provisions, and the next up brings the machine back', async () => {
    const up = startUp(lab.stack, lab.fleet);
    await machineReached(lab.stack, 'node-1', { activity: 'provision', when: 'started', afterMs: 1500 });
    for (const { pid } of lab.stack.qemu()) process.kill(pid, 'SIGKILL');
    const failed = await up;
    const told = failed.stdout + failed.stderr;
    expect(failed.code, told).toBe(3);
    expect(told).toMatch(/MW-(MACHINE-OFF|RUN-UNKNOWN|SSH-[A-Z]+)/);
    const run = told.match(/millwright stop (\d+)/)?.[1] ?? expect.fail(told);
    const retry = () => lab.stack.cli(['retry', run], { cwd: lab.fleet });
    const again = await retry();
    // The slow command was cut down in mid-air: it may only be repeated by somebody who knows.
    expect([0, 3], again.stdout + again.stderr).toContain(again.code);
    if (again.code === 3) expect((await retry()).code).toBe(0);
    expect(lab.stack.qemu()).toHaveLength(2);
    await destroyAll(lab.stack, lab.fleet);
  });

  it('attaches again when the connection is cut within a step', async () => {
    const cut = writeMicroFleet(lab.stack.dir, 'cut', {
      resources: `      - command: cut every connection
        run: echo cut >> /var/ledger; killall dropbear; sleep 2; echo back >> /var/ledger
        once: true
      - file: /etc/last
        content: done`,
      count: 1,
    });
    const up = await startUp(lab.stack, cut);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const ledger = await lab.stack.cli(['exec', 'node-1', '--', 'cat', '/var/ledger'], { cwd: cut });
    expect(ledger.stdout).toContain('cut\n');
    expect(ledger.stdout.match(/cut/g)).toHaveLength(1);
    await destroyAll(lab.stack, cut);
  });
});
