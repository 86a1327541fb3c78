import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliResult } from '../../support/stack.js';
import { GatedFleet, oneWay } from './gatedFleet.js';

describe('a run that fails on the first of two machines', () => {
  let fleet: GatedFleet;
  beforeAll(async () => {
    fleet = await GatedFleet.start('steering', 2);
  });
  afterAll(() => fleet?.stack.stop());

  const mw = (...args: string[]): Promise<CliResult> => fleet.mw(...args);
  const up = (...args: string[]): Promise<CliResult> => mw('up', ...args);

  describe('and asks', () => {
    let run: string;

    it('ends up with 3 where nobody can be asked, and says what can be typed', async () => {
      fleet.writeGated('second');
      const { code, stdout, stderr } = await up();
      run = await fleet.active();
      expect(code, stderr).toBe(3);
      expect(stdout).toMatch(/^✖ node-1 {2}provision 2\/3 {2}file:\/etc\/gate +MW-CHANGE-VALIDATE$/m);
      expect(stdout).toContain(
        `    State    0 ok · 1 changed · 1 failed · 1 not reached · nothing owed.\n    Others   node-2 not started: node-1 failed, run ${run} waits.\n    Waiting for you, without a deadline:\n`,
      );
      for (const [command, does] of [
        ['up --supersede', 'with your fix committed: a new plan; runs this step and the next'],
        [`retry ${run} node-1`, 'the same plan again, from this step'],
        [`rollback ${run}`, 'puts bundle [0-9a-f]{8} back on node-1 and verifies it'],
        [`skip ${run} node-1`, 'leaves node-1 as it is and goes on without it'],
        [`stop ${run}`, 'leaves all as it is'],
      ] as const)
        expect(stdout).toMatch(new RegExp(`^        millwright ${command} +${does}$`, 'm'));
      expect(stderr).toContain(`Run ${run} waits for a person, without a deadline. Come back:`);
    });

    it('shows the question in status, of the fleet and of the run', async () => {
      expect((await fleet.status()).questions).toMatchObject([
        { machine: 'node-1', answers: ['retry', 'skip', 'rollback', 'stop'] },
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
      fleet.write('other');
      const other = await up();
      expect([other.code, other.stderr]).toEqual([9, expect.stringContaining('millwright up --supersede')]);
      fleet.writeGated('second');
    });

    it('refuses what makes no sense, and says why', async () => {
      const nobody = await mw('retry', run, 'node-2');
      expect([nobody.code, nobody.stderr]).toEqual([
        9,
        expect.stringContaining("MW-REFUSED-RETRY  node-2 can't be retried: node-2 has no open question"),
      ]);
      expect(await mw('retry', '99')).toMatchObject({ code: 2 });
      const wait = await mw('retry', run, '--on-interrupt', 'wait');
      expect([wait.code, wait.stderr]).toEqual([2, expect.stringContaining('Write detach, pause or stop.')]);
    });

    it('goes on from its receipts after retry, and asks about the next machine', async () => {
      await fleet.on('node-1', 'touch', '/tmp/open-second');
      const again = await mw('retry', run, 'node-1', '--reason', 'the gate is open');
      expect(again, again.stderr).toMatchObject({ code: 3 });
      expect(again.stdout).toMatch(/^✖ node-2 {2}provision/m);
      expect(await fleet.on('node-1', 'cat', '/etc/behind')).toContain('behind the gate');
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
    const run = await fleet.ask('third');
    for (const machine of ['node-1', 'node-2']) await fleet.on(machine, 'touch', '/tmp/open-third');
    const done = await mw('retry', run, 'node-1');
    expect(done, done.stdout + done.stderr).toMatchObject({ code: 0 });
  });

  it('ends with 1 after stop, and leaves all as it is', async () => {
    const run = await fleet.ask('fourth');
    const stopped = await mw('stop', run, '--reason', 'not today');
    expect(stopped, stopped.stdout + stopped.stderr).toMatchObject({ code: 1 });
    expect(await fleet.on('node-1', 'cat', '/etc/revision')).toContain('fourth');
    expect(await fleet.on('node-2', 'cat', '/etc/revision')).toContain('third');
  });

  it('gives way to a fix by up --supersede, which a broken manifest does not even stop', async () => {
    const run = await fleet.ask('fifth');
    const manifest = join(fleet.dir, 'fleet.yaml');
    const sound = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, sound.replace('config: node', 'config: nodes'));
    expect(await up('--supersede')).toMatchObject({ code: 2 });
    writeFileSync(manifest, sound);
    expect(await fleet.active()).toBe(run);
    fleet.write('sixth');
    const fixed = await up('--supersede');
    expect(fixed, fixed.stdout + fixed.stderr).toMatchObject({ code: 0 });
    expect(await fleet.on('node-1', 'cat', '/etc/revision')).toContain('sixth');
  });

  it('ends with 5 after rollback, with what was there before, and is not tried again by itself', async () => {
    const run = await fleet.ask('seventh');
    const back = await mw('rollback', run);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 5 });
    expect(await fleet.on('node-1', 'cat', '/etc/revision')).toContain('sixth');
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

  it('ends with 6 where nothing can be put back, which it said beforehand', async () => {
    const run = await fleet.ask('eighth', oneWay('eighth'));
    const { stdout } = await mw('status', run);
    expect(stdout).toMatch(
      new RegExp(`millwright rollback ${run} +can't put node-1 back: .*command:gate eighth`),
    );
    const back = await mw('rollback', run);
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 6 });
    expect((await mw('status')).stdout).toContain(`and that failed: millwright status ${run}`);
  });

  it('takes back a run that has ended well, once, by a run of its own, after asking', async () => {
    fleet.write('ninth');
    const done = await up('-o', 'json');
    const run = String((JSON.parse(done.stdout) as { run: number }).run);
    const unasked = await mw('rollback', run);
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('Say --yes')]);
    const back = await mw('rollback', run, '--yes');
    expect(back, back.stdout + back.stderr).toMatchObject({ code: 5 });
    expect((await fleet.status()).rollback).toMatchObject({ of: Number(run) });
    const twice = await mw('rollback', run, '--yes');
    expect([twice.code, twice.stderr]).toEqual([9, expect.stringContaining('was rolled back already')]);
    const older = await mw('rollback', '1', '--yes');
    expect([older.code, older.stderr]).toEqual([9, expect.stringContaining('came after run 1')]);
  });
});
