import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeMicroFleet } from '../../support/fleet.js';
import { type CliResult, Stack } from '../../support/stack.js';

/** The gate fails until somebody makes the file that it looks for; each revision has a gate of its own. */
const revision = (name: string, gate: boolean): string =>
  [
    `      - file: /etc/revision\n        content: ${name}`,
    ...(gate
      ? [
          `      - command: gate ${name}\n        run: test -e /tmp/open-${name}\n        unless: test -e /tmp/open-${name}`,
          '      - file: /etc/behind\n        content: behind the gate',
        ]
      : []),
  ].join('\n');

describe('a run that fails on one of two machines', () => {
  let stack: Stack;
  let fleet: string;

  beforeAll(async () => {
    stack = await Stack.start();
    write('first', false);
    expect(await up()).toMatchObject({ code: 0 });
  });
  afterAll(() => stack?.stop());

  const write = (name: string, gate: boolean): void => {
    fleet = writeMicroFleet(stack.dir, 'steering', {
      resources: revision(name, gate),
      extra: '    rollout: {maxParallel: 1}\n',
    });
  };
  const mw = (...args: string[]): Promise<CliResult> => stack.cli(args, { cwd: fleet });
  const up = (...args: string[]): Promise<CliResult> => mw('up', ...args);
  const on = async (machine: string, ...argv: string[]): Promise<string> =>
    (await mw('exec', machine, '--', ...argv)).stdout;

  interface Status {
    readonly running: { readonly run: number } | null;
    readonly questions: readonly { readonly machine: string; readonly answers: string[] }[];
    readonly rollback: { readonly run: number; readonly of: number } | null;
  }
  const status = async (): Promise<Status> => JSON.parse((await mw('status', '-o', 'json')).stdout) as Status;

  /** Brings a revision as far as its question and gives back the number of the run. */
  const ask = async (name: string): Promise<string> => {
    write(name, true);
    const waits = await up();
    expect(waits, waits.stderr).toMatchObject({ code: 3 });
    return String((await status()).running?.run);
  };

  describe('and asks', () => {
    let run: string;

    it('ends up with 3 where nobody can be asked, and says what can be typed', async () => {
      write('second', true);
      const { code, stdout, stderr } = await up();
      run = String((await status()).running?.run);
      expect(code, stderr).toBe(3);
      expect(stdout).toMatch(/^✖ node-1 {2}provision 2\/3 {2}command:gate second +MW-CHANGE-COMMAND$/m);
      expect(stdout).toContain(
        `    State    0 ok · 1 changed · 1 failed · 1 not reached · nothing owed.\n    Others   node-2 not started: node-1 failed, run ${run} waits.\n    Waiting for you, without a deadline:\n`,
      );
      for (const [command, does] of [
        ['up --supersede', 'with your fix committed: a new plan; runs this step and the next'],
        [`retry ${run} node-1`, 'the same plan again, from this step'],
        [`skip ${run} node-1`, 'leaves node-1 as it is and goes on without it'],
        [`stop ${run}`, 'leaves all as it is'],
      ] as const)
        expect(stdout).toMatch(new RegExp(`^        millwright ${command} +${does}$`, 'm'));
      expect(stderr).toContain(`Run ${run} waits for a person, without a deadline. Come back:`);
    });

    it('shows the question in status, of the fleet and of the run', async () => {
      expect((await status()).questions).toMatchObject([
        { machine: 'node-1', answers: expect.arrayContaining(['retry', 'skip', 'stop']) },
      ]);
      const text = await mw('status');
      expect(text).toMatchObject({ code: 0 });
      expect(text.stdout).toContain(`up run ${run} waits for you: 1 open question`);
      expect(text.stdout).toContain(`millwright retry ${run} node-1`);
      expect(await mw('status', run)).toMatchObject({ code: 3 });
    });

    it('attaches the same plan to it, and tells another that it may supersede', async () => {
      const same = await up();
      expect([same.code, same.stderr]).toEqual([3, expect.stringContaining('attached to it')]);
      write('other', false);
      const other = await up();
      expect([other.code, other.stderr]).toEqual([9, expect.stringContaining('millwright up --supersede')]);
      write('second', true);
    });

    it('refuses what makes no sense, and says why', async () => {
      const nobody = await mw('retry', run, 'node-2');
      expect([nobody.code, nobody.stderr]).toEqual([
        9,
        expect.stringContaining("MW-REFUSED-RETRY  node-2 can't be retried: node-2 has no open question"),
      ]);
      expect(await mw('retry', '99')).toMatchObject({ code: 2 });
      const pause = await mw('retry', run, '--on-interrupt', 'pause');
      expect([pause.code, pause.stderr]).toEqual([2, expect.stringContaining('not in this version')]);
    });

    it('goes on from its receipts after retry, and asks about the next machine', async () => {
      await on('node-1', 'touch', '/tmp/open-second');
      const again = await mw('retry', run, 'node-1', '--reason', 'the gate is open');
      expect(again, again.stderr).toMatchObject({ code: 3 });
      expect(again.stdout).toMatch(/^✖ node-2 {2}provision/m);
      expect(await on('node-1', 'cat', '/etc/behind')).toContain('behind the gate');
    });

    it('leaves a machine out after skip, and ends with 8', async () => {
      const skipped = await mw('skip', run, 'node-2');
      expect(skipped, skipped.stdout + skipped.stderr).toMatchObject({ code: 8 });
      const { stdout } = await mw('history', 'node-1');
      expect(stdout).toMatch(/answered \d\d:\d\dZ: retry node-1 by \S+: the gate is open/);
    });

    it('takes no answer once it has ended', async () => {
      const late = await mw('retry', run, 'node-1');
      expect([late.code, late.stderr]).toEqual([
        9,
        expect.stringContaining(`MW-REFUSED-RETRY  Run ${run} is not active: it ended `),
      ]);
    });
  });

  it('succeeds with 0 once every question was answered by a retry that works', async () => {
    const run = await ask('third');
    for (const machine of ['node-1', 'node-2']) await on(machine, 'touch', '/tmp/open-third');
    const done = await mw('retry', run, 'node-1');
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
  });

  it('ends with 1 after stop, and leaves all as it is', async () => {
    const run = await ask('fourth');
    const stopped = await mw('stop', run, '--reason', 'not today');
    expect(stopped, stopped.stdout + stopped.stderr).toMatchObject({ code: 1 });
    expect(await on('node-1', 'cat', '/etc/revision')).toContain('fourth');
    expect(await on('node-2', 'cat', '/etc/revision')).toContain('third');
  });

  it('gives way to a fix by up --supersede, which a broken manifest does not even stop', async () => {
    const run = await ask('fifth');
    const manifest = join(fleet, 'fleet.yaml');
    const sound = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, sound.replace('config: node', 'config: nodes'));
    expect(await up('--supersede')).toMatchObject({ code: 2 });
    writeFileSync(manifest, sound);
    expect(String((await status()).running?.run)).toBe(run);
    write('sixth', false);
    const fixed = await up('--supersede');
    expect(fixed, fixed.stdout + fixed.stderr).toMatchObject({ code: 0 });
    expect(await on('node-1', 'cat', '/etc/revision')).toContain('sixth');
  });

  it('ends with 5 after rollback, with what was there before, and is not tried again by itself', async () => {
    const run = await ask('seventh');
    const back = await mw('rollback', run);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 5 });
    expect(await on('node-1', 'cat', '/etc/revision')).toContain('sixth');
    const repeated = await up();
    expect([repeated.code, repeated.stderr]).toEqual([
      9,
      expect.stringContaining(`MW-REFUSED-ROLLED-BACK  revision`),
    ]);
    expect((await mw('status')).stdout).toContain(`run ${run} was rolled back`);
    const again = await up('--again');
    expect(again, again.stderr).toMatchObject({ code: 3 });
    expect(await mw('stop')).toMatchObject({ code: 1 });
  });

  it('takes back a run that has ended well, once, by a run of its own, after asking', async () => {
    write('eighth', false);
    const done = await up('-o', 'json');
    const run = String((JSON.parse(done.stdout) as { run: number }).run);
    const unasked = await mw('rollback', run);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Say --yes')]);
    const back = await mw('rollback', run, '--yes');
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 5 });
    expect((await status()).rollback).toMatchObject({ of: Number(run) });
    const twice = await mw('rollback', run, '--yes');
    expect([twice.code, twice.stderr]).toEqual([9, expect.stringContaining('was rolled back already')]);
    const older = await mw('rollback', '1', '--yes');
    expect([older.code, older.stderr]).toEqual([9, expect.stringContaining('came after run 1')]);
  });
});
