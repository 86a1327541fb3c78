import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';
import { destroyAll, expectSettled, machineReached, resources, startUp } from './support.js';

describe('what the workers stand on is killed', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'deaths', { resources });
  });
  afterAll(() => stack?.stop());

  for (const activity of ['createInstance', 'provision'] as const) {
    it(`goes on when the Temporal server is killed during ${activity} and started again on its file`, async () => {
      const up = startUp(stack, fleet);
      await machineReached(stack, 'node-1', { activity, when: 'started', afterMs: 100 });
      await stack.killServer();
      await sleep(1000);
      await stack.startServer();
      await expectSettled(stack, fleet, await up);
      await destroyAll(stack, fleet);
    });
  }

  it('fails by name when QEMU is killed while it provisions, and the next up brings the machine back', async () => {
    const up = startUp(stack, fleet);
    await machineReached(stack, 'node-1', { activity: 'provision', when: 'started', afterMs: 1500 });
    for (const { pid } of stack.qemu()) process.kill(pid, 'SIGKILL');
    const failed = await up;
    expect(failed.code, failed.stdout + failed.stderr).not.toBe(0);
    expect(failed.stdout + failed.stderr).toMatch(/MW-(MACHINE|SSH|RUN|STEP)-[A-Z]+/);
    const again = await startUp(stack, fleet);
    // The slow command was cut down in mid-air: it may only be repeated by somebody who knows.
    expect([0, 1]).toContain(again.code);
    expect(stack.qemu()).toHaveLength(2);
    await destroyAll(stack, fleet);
  });

  it('attaches again when the connection is cut within a step', async () => {
    const cut = writeMicroFleet(stack.dir, 'cut', {
      resources: `      - command: cut every connection
        run: echo cut >> /var/ledger; killall dropbear; sleep 2; echo back >> /var/ledger
        once: true
      - file: /etc/last
        content: done`,
      count: 1,
    });
    const up = await startUp(stack, cut);
    expect(up, up.stderr).toMatchObject({ code: 0 });
    const ledger = await stack.cli(['exec', 'node-1', '--', 'cat', '/var/ledger'], { cwd: cut });
    expect(ledger.stdout).toContain('cut\n');
    expect(ledger.stdout.match(/cut/g)).toHaveLength(1);
    await destroyAll(stack, cut);
  });
});
