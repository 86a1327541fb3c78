import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { Stack } from '../../support/stack.js';
import { destroyAll, expectSettled, machineReached, resources, startUp } from './support.js';

const insideCreate = { activity: 'createInstance', when: 'started', afterMs: 0 } as const;

describe('the site worker is frozen inside create', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'deaths', { resources });
  });
  afterAll(() => stack?.stop());

  const siteWorker = () => stack.workers[1] ?? expect.fail('there is no site worker');

  it('makes no second VM when it wakes up after another attempt has finished', async () => {
    const up = startUp(stack, fleet);
    await machineReached(stack, 'node-1', insideCreate);
    const frozen = siteWorker();
    frozen.kill('SIGSTOP');
    stack.startWorker(['--site', 'main']);
    const result = await up;
    frozen.kill('SIGCONT');
    await expectSettled(stack, fleet, result);
    await destroyAll(stack, fleet);
  });

  it('leaves no ghost when it wakes up after the rollout was cancelled and the machines destroyed', async () => {
    const frozen = siteWorker();
    // The other worker of the last test would take the first attempt.
    stack.workers.splice(2).map((worker) => worker.kill('SIGKILL'));
    const up = startUp(stack, fleet);
    await machineReached(stack, 'node-1', insideCreate);
    frozen.kill('SIGSTOP');
    const other = stack.startWorker(['--site', 'main']);
    await stack.withClient((client) =>
      client.workflow.getHandle(`rollout/${fleetUid('deaths')}/dev`).cancel(),
    );
    expect((await up).code).toBe(1);
    frozen.kill('SIGCONT');
    await stack.until('the frozen attempt has noticed its tombstone', async () => stack.qemu().length === 0);
    const status = await stack.cli(['doctor', '-o', 'json'], { cwd: fleet });
    expect(
      JSON.parse(status.stdout).checks.find((one: { name: string }) => one.name === 'VMs here'),
    ).toMatchObject({
      state: 'ok',
      text: 'none',
    });
    other.kill('SIGKILL');
  });
});
