import { describe, expect, it } from 'vitest';
import { fleetUid } from '../../support/fleet.js';
import { destroyAll, expectSettled, machineReached, startUp, useLab } from './support.js';

const insideCreate = { activity: 'createInstance', when: 'started', afterMs: 0 } as const;

describe('the site worker is frozen inside create', () => {
  const lab = useLab();

  const siteWorker = () => lab.stack.workers[1] ?? expect.fail('there is no site worker');

  it('makes no second VM when it wakes up after another attempt has finished', async () => {
    const up = startUp(lab.stack, lab.fleet);
    await machineReached(lab.stack, 'node-1', insideCreate);
    const frozen = siteWorker();
    frozen.kill('SIGSTOP');
    lab.stack.startWorker(['--site', 'main']);
    const result = await up;
    frozen.kill('SIGCONT');
    await expectSettled(lab.stack, lab.fleet, result);
    await destroyAll(lab.stack, lab.fleet);
  });

  it('leaves no ghost when it wakes up after the rollout was cancelled and the machines destroyed', async () => {
    const frozen = siteWorker();
    // The other worker of the last test would take the first attempt.
    lab.stack.workers.splice(2).map((worker) => worker.kill('SIGKILL'));
    const up = startUp(lab.stack, lab.fleet);
    await machineReached(lab.stack, 'node-1', insideCreate);
    frozen.kill('SIGSTOP');
    const other = lab.stack.startWorker(['--site', 'main']);
    await lab.stack.withClient((client) =>
      client.workflow.getHandle(`rollout/${fleetUid('deaths')}/dev`).cancel(),
    );
    expect((await up).code).toBe(1);
    frozen.kill('SIGCONT');
    await lab.stack.until(
      'the frozen attempt has noticed its tombstone',
      async () => lab.stack.qemu().length === 0,
    );
    const status = await lab.stack.cli(['doctor', '-o', 'json'], { cwd: lab.fleet });
    expect(
      JSON.parse(status.stdout).checks.find((one: { name: string }) => one.name === 'VMs here'),
    ).toMatchObject({
      state: 'ok',
      text: 'none',
    });
    other.kill('SIGKILL');
  });
});
