import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateX25519Identity, identityToRecipient } from 'age-encryption';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

const resources = `      - file: /etc/motd
        content: |
          managed
      - command: first entry
        run: echo first >> /var/ledger
        once: true`;

describe('the drill: Temporal, record, store and keys are lost', () => {
  let stack: Stack;
  let fleet: string;
  let recipient: string;
  beforeAll(async () => {
    stack = await Stack.start();
    fleet = writeMicroFleet(stack.dir, 'drill', { resources, count: 1 });
    const identity = await generateX25519Identity();
    recipient = await identityToRecipient(identity);
    writeFileSync(join(stack.dir, 'backup.key'), `# made for the drill\n${identity}\n`, { mode: 0o600 });
  });
  afterAll(() => stack?.stop());

  const cli = async (code: number, ...args: string[]): Promise<CliResult> => {
    const result = await stack.cli(args, { cwd: fleet });
    expect(result, `${args.join(' ')}\n${result.stdout}\n${result.stderr}\n${stack.logs()}`).toMatchObject({
      code,
    });
    return result;
  };
  const json = async (code: number, ...args: string[]) =>
    JSON.parse((await cli(code, ...args, '-o', 'json')).stdout);
  const bootId = async (): Promise<string> =>
    (await cli(0, 'exec', 'node-1', '--', 'cat', '/proc/sys/kernel/random/boot_id', '/var/ledger')).stdout;

  const loseEverything = async (): Promise<void> => {
    await stack.killWorkers();
    await stack.killServer();
    for (const name of ['temporal.db', 'temporal.db-wal', 'temporal.db-shm'])
      rmSync(join(stack.dir, name), { force: true });
    for (const name of ['record.db', 'record.db-wal', 'record.db-shm', 'store', 'keys'])
      rmSync(join(stack.state, name), { recursive: true, force: true });
    await stack.startServer();
    await cli(0, 'doctor', '--migrate');
    await stack.startWorkers();
    await working();
  };
  const working = (): Promise<unknown> =>
    stack.withClient((client) =>
      stack.until('somebody works for control and for the site', async () => {
        const ask = async (name: string, taskQueueType: number) => {
          const request = { namespace: 'default', taskQueue: { name }, taskQueueType };
          const { pollers } = await client.workflowService.describeTaskQueue(request);
          return (pollers?.length ?? 0) > 0;
        };
        return (
          (await ask('mw-control', 1)) && (await ask('mw-site-main-look', 2)) && ask('mw-site-main-vm', 2)
        );
      }),
    );

  it('restore and status show the same machine, and up has nothing to do', async () => {
    await cli(0, 'up', '--yes');
    const before = await json(0, 'status');
    const vms = stack.qemu();
    const booted = await bootId();
    await cli(0, 'backup', join(stack.dir, 'control.age'), '--to', recipient);

    await loseEverything();
    expect((await json(0, 'status')).machines).toEqual([]);
    const restored = await json(
      0,
      ...['restore', join(stack.dir, 'control.age'), '--identity', join(stack.dir, 'backup.key')],
    );
    expect(restored.machines).toMatchObject([{ machine: 'node-1', state: 'same', differences: [] }]);
    expect(restored.keys).toContain('login/id_ed25519');

    const after = await json(0, 'status');
    const known = ({ machines }: typeof after) =>
      machines.map(({ updatedAt: _, ...machine }: Record<string, unknown>) => machine);
    expect(known(after)).toEqual(known(before));
    const again = await json(0, 'up', '--yes');
    expect(again.machines).toMatchObject([{ machine: 'node-1', outcome: 'aligned' }]);
    expect(again.run).toBe(2);
    expect(stack.qemu()).toEqual(vms);
    expect(await bootId()).toBe(booted);
  });

  it('believes the machine where it was changed after the backup was made', async () => {
    const yaml = join(fleet, 'fleet.yaml');
    writeFileSync(yaml, readFileSync(yaml, 'utf8').replace('managed', 'managed again'));
    await cli(0, 'up', '--yes');
    const before = (await json(0, 'status')).machines[0];
    const vms = stack.qemu();

    await loseEverything();
    const restored = await json(
      0,
      ...['restore', join(stack.dir, 'control.age'), '--identity', join(stack.dir, 'backup.key')],
    );
    expect(restored.machines[0]).toMatchObject({ machine: 'node-1', state: 'differs' });
    expect(restored.machines[0].differences.map((one: { what: string }) => one.what)).toEqual([
      'assigned',
      'verified',
    ]);
    const after = (await json(0, 'status')).machines[0];
    expect([after.assigned, after.verified, after.state]).toEqual([
      before.assigned,
      before.verified,
      'verified',
    ]);
    expect((await json(0, 'up', '--yes')).machines).toMatchObject([
      { machine: 'node-1', outcome: 'aligned' },
    ]);
    expect(stack.qemu()).toEqual(vms);
  });

  it('finds the machine again although somebody ran up before the restore', async () => {
    const vms = stack.qemu();
    const { instance } = (await json(0, 'status')).machines[0];
    await loseEverything();
    expect((await cli(3, 'up', '--yes')).stdout).toContain('MW-CREATE-EXISTS');
    const restore = ['restore', join(stack.dir, 'control.age'), '--identity', join(stack.dir, 'backup.key')];
    // Whoever made the run made new keys, too, and the worker remembers them.
    expect((await cli(2, ...restore)).stderr).toContain('MW-BACKUP-KEYS');
    expect((await cli(9, ...restore, '--force')).stderr).toContain('MW-BUSY');
    await cli(1, 'stop', '1');
    expect((await cli(8, ...restore, '--force')).stdout).toContain('Start the workers of this host again');
    await stack.killWorkers();
    await stack.startWorkers();
    await working();
    expect((await cli(0, ...restore)).stdout).toContain('A run here had missed the VM of node-1');
    expect((await json(0, 'status')).machines).toMatchObject([{ machine: 'node-1', instance }]);
    expect((await json(0, 'up', '--yes')).machines).toMatchObject([
      { machine: 'node-1', outcome: 'aligned' },
    ]);
    expect(stack.qemu()).toEqual(vms);
  });

  it('makes no machine anew whose VM is gone, and names it', async () => {
    await stack.killWorkers();
    for (const { pid } of stack.qemu()) process.kill(pid, 'SIGKILL');
    rmSync(join(stack.state, 'instances'), { recursive: true, force: true });
    await loseEverything();
    const restored = await json(
      8,
      ...['restore', join(stack.dir, 'control.age'), '--identity', join(stack.dir, 'backup.key')],
    );
    expect(restored.machines).toMatchObject([{ machine: 'node-1', state: 'gone' }]);
    expect(stack.qemu()).toEqual([]);
  });
});
