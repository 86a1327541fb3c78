import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CheckDocument } from '../../../src/cli/check/document.js';
import type { SweepDocument } from '../../../src/cli/doctor/sweepDocument.js';
import type { OperateDocument } from '../../../src/cli/operate/document.js';
import { fleetUid, writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

let stack: Stack;
let dir: string;

const motd = (text: string): string =>
  `      - file: /etc/motd\n        content: "${text}\\n"\n        mode: "0644"`;
function write(text: string): void {
  dir = writeMicroFleet(stack.dir, 'tools', { resources: motd(text), count: 2 });
  // A second environment, whose machines here are foreign to the first, and the other way round.
  appendFileSync(join(dir, 'fleet.yaml'), '  other:\n    rules: {cleanCommit: false}\n');
}

const run = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: dir });
const said = ({ code, stdout, stderr }: CliResult): string => `exit ${code}\n${stdout}${stderr}`;
async function ok(...args: string[]): Promise<CliResult> {
  const result = await run(...args);
  expect(result.code, said(result)).toBe(0);
  return result;
}
const json = async <T>(...args: string[]): Promise<T> =>
  JSON.parse((await run(...args, '-o', 'json')).stdout);

beforeAll(async () => {
  stack = await Stack.start();
  write('first');
  await ok('up', '--yes');
});
afterAll(() => stack?.stop());

const on = (machine: string, ...argv: string[]): Promise<CliResult> => run('exec', machine, '--', ...argv);

describe('verbs on real machines', () => {
  it('switch one off and on again', async () => {
    const off = await ok('power', 'off', 'node-1');
    expect(off.stdout).toMatch(/^node-1 was shut down/);
    const { machines } = await json<{ machines: { machine: string; power: string }[] }>('status');
    expect(machines.map((one) => one.power)).toEqual(['off', 'on']);
    expect((await on('node-1', 'true')).code).toBe(1);
    await ok('power', 'node-1', 'on');
    await stack.until('node-1 lets us in', async () => (await on('node-1', 'true')).code === 0);
  });

  it('compare them with what they were admitted to, and change nothing', async () => {
    expect((await ok('check')).stdout).toBe(
      '= node-1 node-2  as assigned\n\n2 as assigned. Nothing was changed.\n',
    );
    await ok('exec', 'node-1', '--', 'sh', '-c', 'echo drifted > /etc/motd');
    // What the files say by now is another matter: that is `plan`'s.
    write('second');
    const drifted = await run('check', 'node');
    expect([drifted.code, drifted.stdout]).toEqual([
      4,
      expect.stringContaining('~ file:/etc/motd  content differs'),
    ]);
    expect(drifted.stdout).toMatch(/-drifted\n +\+first\n/);
    expect((await on('node-1', 'cat', '/etc/motd')).stdout).toBe('drifted\n');
    const one = await json<CheckDocument>('check', 'node-1');
    expect(one.machines).toMatchObject([{ machine: 'node-1', state: 'differs', debts: [], failure: null }]);
    expect((await run('check', 'node-2')).code).toBe(0);
    write('first');
    const none = await run('up', 'node-1', '--only', 'file:/etc/mtod');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('Did you mean "file:/etc/motd"?')]);
    const part = await run('up', 'node-1', '--only', 'file:/etc/motd');
    expect([part.code, said(part)]).toEqual([8, expect.stringContaining('only file:/etc/motd')]);
    await ok('check');
    await ok('up', '--yes');
  });

  it('ask them what they are', async () => {
    const { machines } = await json<OperateDocument>('facts', 'node');
    expect(machines.map((one) => [one.machine, one.facts?.hostname, one.facts?.cpus])).toEqual([
      ['node-1', 'node-1', 1],
      ['node-2', 'node-2', 1],
    ]);
    expect((await ok('facts', 'node-1')).stdout).toMatch(/^node-1\n +os\.family/);
  });

  it('put one back to a snapshot, after a question that says what is lost', async () => {
    await ok('exec', 'node-1', '--', 'sh', '-c', 'echo kept > /root/before; sync');
    await ok('snapshot', 'create', 'node-1', 'before');
    await ok('exec', 'node-1', '--', 'sh', '-c', 'echo lost > /root/after; sync');
    expect((await ok('snapshot', 'list', 'node-1')).stdout).toMatch(/^node-1 +before +20/);
    const asked = await run('snapshot', 'restore', 'node-1', 'before');
    expect([asked.code, asked.stderr]).toEqual([
      2,
      expect.stringMatching(/all that was written since 20.* is lost/),
    ]);
    await ok('snapshot', 'restore', 'node-1', 'before', '--yes');
    expect((await on('node-1', 'cat', '/root/before')).stdout).toBe('kept\n');
    expect((await on('node-1', 'test', '-e', '/root/after')).code).toBe(1);
    const none = await run('snapshot', 'restore', 'node-1', 'nothing', '--yes');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('It has before.')]);
    await ok('snapshot', 'delete', 'node-1', 'before');
  });

  it('hold one against runs, and let them come again', async () => {
    await ok('hold', 'node-1', '--for', '2h', '--reason', 'debugging the leak');
    write('second');
    const held = await run('up', '--yes');
    expect([held.code, said(held)]).toEqual([8, expect.stringContaining('debugging the leak')]);
    expect((await on('node-1', 'cat', '/etc/motd')).stdout).toBe('first\n');
    expect((await on('node-2', 'cat', '/etc/motd')).stdout).toBe('second\n');
    await ok('release', 'node-1');
    await ok('up', '--yes');
    expect((await on('node-1', 'cat', '/etc/motd')).stdout).toBe('second\n');
  });

  it('show the end of the console', async () => {
    const { stdout } = await ok('console', 'node-1', '--bytes', '4000');
    expect(stdout.length).toBeGreaterThan(100);
    expect(stdout).not.toContain('\u001b');
    const following = ok('console', 'node-1', '--follow', '--timeout', '20s');
    await ok('exec', 'node-1', '--', 'sh', '-c', 'echo said while somebody listens > /dev/console');
    expect((await following).stdout).toContain('said while somebody listens');
  });

  it('copy to a machine, back, and from one to another', async () => {
    mkdirSync(join(dir, 'site/css'), { recursive: true });
    writeFileSync(join(dir, 'site/css/a b.css'), 'body {}\n');
    writeFileSync(join(dir, 'note'), 'hello\n');
    await ok('cp', 'note', 'node-1:/root/renamed');
    expect((await on('node-1', 'cat', '/root/renamed')).stdout).toBe('hello\n');
    const refused = await run('cp', 'site', 'node-1:/root');
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('say -r')]);
    await ok('cp', '-r', 'site', 'node-1:/root');
    await ok('cp', '-r', 'node-1:/root/site', 'node-2:/root/');
    await ok('cp', '-r', 'node-2:/root/site', 'back');
    expect(readFileSync(join(dir, 'back/css/a b.css'), 'utf8')).toBe('body {}\n');
    const absent = await run('cp', 'node-1:/nowhere', '.');
    expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining('/nowhere does not exist')]);
  });
});

describe('VMs that nobody owns', () => {
  const sweep = async (...args: string[]) => {
    const result = await run('doctor', '--sweep', ...args, '-o', 'json');
    const document = JSON.parse(result.stdout) as SweepDocument;
    return { code: result.code, site: document.sites[0] };
  };
  const key = (at: number): string =>
    stack
      .qemu()
      .map((one) => one.key)
      .sort()[at] ?? '';

  it('are none at first', async () => {
    const { code, site } = await sweep();
    expect([code, site?.owned.length, site?.orphans, site?.missing]).toEqual([0, 2, [], []]);
  });

  it('are spared once they were given up, and can be taken back as they are', async () => {
    const forgotten = await ok('forget', 'node-2');
    expect(forgotten.stderr).toContain('node-2 is still declared');
    expect(stack.qemu()).toHaveLength(2);
    const { code, site } = await sweep();
    expect([code, site?.spared.length, site?.orphans]).toEqual([0, 1, []]);
    const keys = [key(0), key(1)];
    const adopted = await Promise.all(keys.map((one) => run('adopt', 'node-2', '--vm', one.slice(0, 8))));
    const codes = adopted.map((one) => one.code);
    expect([...codes].sort(), adopted.map(said).join('\n')).toEqual([0, 2]);
    const wrong = adopted.find((one) => one.code === 2);
    expect(wrong?.stderr).toContain('is node-1, not node-2 of dev');
    expect((await sweep()).site?.owned).toHaveLength(2);
    expect(said(await ok('up', '--yes'))).toContain('nothing to do');
  });

  it('are found when their row is lost, foreign to another environment, and removed alone', async () => {
    const record = new Database(join(stack.state, 'record.db'));
    record.prepare("delete from machines where machine = 'node-2'").run();
    record.close();
    const found = await sweep();
    expect([found.code, found.site?.orphans]).toMatchObject([8, [{ machine: 'node-2', removed: false }]]);
    const foreign = await sweep('--remove', '--yes', '-e', 'other');
    const ours = foreign.site?.foreign.filter((one) => one.startsWith(`${fleetUid('tools')}/dev/`));
    expect([foreign.code, ours?.length]).toEqual([0, 2]);
    const asked = await run('doctor', '--sweep', '--remove');
    expect([asked.code, stack.qemu().length]).toEqual([2, 2]);
    const removed = await sweep('--remove', '--yes');
    expect([removed.code, removed.site?.orphans]).toMatchObject([0, [{ machine: 'node-2', removed: true }]]);
    expect(stack.qemu().map((one) => one.key)).toHaveLength(1);
    expect((await on('node-1', 'true')).code).toBe(0);
  });

  it('keep nothing of ours once they were given up with --purge', async () => {
    const left = await ok('forget', 'node-1', '--purge');
    expect(left.stdout).toContain('stays as it is, without anything of Millwright on it');
    const back = await run('adopt', 'node-1', '--vm', key(0).slice(0, 8));
    expect([back.code, back.stdout]).toEqual([4, expect.stringContaining('It differs')]);
    expect((await json<CheckDocument>('check', 'node-1')).machines).toMatchObject([{ head: null }]);
  });
});
