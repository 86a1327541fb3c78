import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RolloutProgress } from '../../../src/workflows/types.js';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

const name = 'governed';
/** A ledger line for each time that the command acted: a repetition shows. */
const resources = (revision: string): string => `      - file: /etc/revision
        content: ${revision}
      - command: entry
        run: sleep 2; echo entry >> /var/ledger
        once: true`;
const strategy = `    onFailure: stop
    rollout: {batches: [1, 100%], soak: 10m, maxParallel: 1}
`;
const rules = `gates: [{after: canary, unsigned: true, approvals: 2}]
`;

/** Every worker and the Temporal server are killed at once, as a power cut of their host would, in each state of a rollout. */
describe('a rollout whose whole engine is killed', () => {
  let stack: Stack;
  let fleet: string;
  const write = (revision: string): string =>
    writeMicroFleet(stack.dir, name, { resources: resources(revision), count: 3, extra: strategy + rules });
  beforeAll(async () => {
    stack = await Stack.start();
    fleet = write('first');
  });
  afterAll(() => stack?.stop());

  const mw = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: fleet });
  const done = async (...args: string[]): Promise<CliResult> => {
    const result = await mw(...args);
    expect(result, `${args.join(' ')}\n${result.stdout}${result.stderr}`).toMatchObject({ code: 0 });
    return result;
  };
  const until = (what: string, is: (progress: RolloutProgress) => boolean): Promise<RolloutProgress> =>
    stack.withClient((client) =>
      stack.until(what, async () => {
        const handle = client.workflow.getHandle(`rollout/${fleetUid(name)}/dev`);
        const progress = await handle.query<RolloutProgress>('progress');
        return is(progress) ? progress : undefined;
      }),
    );
  const powerCut = async (): Promise<void> => {
    await Promise.all([stack.killWorkers(), stack.killServer()]);
    await sleep(500);
    await stack.startServer();
    await stack.startWorkers();
  };
  const ledger = async (machine: string): Promise<string[]> =>
    (await done('exec', machine, '--', 'cat', '/var/ledger')).stdout
      .split('\n')
      .filter((line) => /^\w+$/.test(line));

  it('goes on in its canary, its soak, at its gate with the votes that were given, and in its batch', async () => {
    await done('up', '--yes', '--detach');
    await until('the canary is worked on', ({ groups }) => groups[0]?.batches.length === 1);
    await powerCut();
    await until('the canary soaks', ({ groups }) => groups[0]?.state === 'soaking');
    expect(stack.qemu()).toHaveLength(1);
    await powerCut();
    const soaking = await until('it soaks still', ({ groups }) => groups[0]?.state === 'soaking');
    expect(soaking.groups[0]).toMatchObject({ batch: 0, counts: { applied: 1 } });
    await done('promote', '1', '--detach');
    await until('the gate is open', ({ gates }) => gates?.[0]?.state === 'open');
    await done('approve', '1', '--unsigned', '--as', 'ann', '--yes');
    await powerCut();
    const { gates } = await until('the gate is open still', ({ gates }) => gates?.[0]?.state === 'open');
    expect(gates?.[0]?.votes.map(({ by }) => by)).toEqual(['ann']);
    expect(await mw('approve', '1', '--unsigned', '--as', 'ann', '--yes')).toMatchObject({ code: 9 });
    await done('approve', '1', '--unsigned', '--as', 'bob', '--yes');
    await until('the second batch is worked on', ({ groups }) => groups[0]?.batches.length === 2);
    await powerCut();
    const ended = await until('it has ended', ({ result }) => result !== undefined);
    expect(ended.result).toMatchObject({ outcome: 'succeeded', counts: { applied: 3 } });
    expect(ended.gates?.[0]).toMatchObject({ state: 'approved', votes: [{ by: 'ann' }, { by: 'bob' }] });
    expect(stack.qemu()).toHaveLength(3);
    for (const machine of ['node-1', 'node-2', 'node-3']) expect(await ledger(machine)).toEqual(['entry']);
  });

  it('goes on while it is rolled back, and claims it only when it is so', async () => {
    write('second');
    await done('up', '--yes', '--detach');
    await until('the canary soaks', ({ groups }) => groups[0]?.state === 'soaking');
    await done('rollback', '2', '--detach');
    await until(
      'it is rolled back',
      ({ rollingBack, result }) => rollingBack !== undefined || result !== undefined,
    );
    await powerCut();
    const { result } = await until('it has ended', (progress) => progress.result !== undefined);
    expect(result).toMatchObject({
      outcome: 'rolled-back-verified',
      counts: { 'rolled-back-verified': 1, skipped: 2 },
    });
    expect((await done('exec', 'node-1', '--', 'cat', '/etc/revision')).stdout).toContain('first');
  });

  it('finds what drifted although the scan dies in the middle', async () => {
    write('first');
    await done('exec', 'node-2', '--', 'rm', '/etc/revision');
    await done('schedule', 'create', '--every', '1h');
    await done('schedule', 'trigger');
    await powerCut();
    const status = await stack.until('the drift is known', async () => {
      const { stdout } = await mw('status');
      return stdout.includes('drifted') ? stdout : undefined;
    });
    expect(status).toMatch(/node-2 .*drifted since/);
    expect(status).not.toMatch(/node-[13] .*drifted/);
  });
});
