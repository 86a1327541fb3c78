import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { holdArgv, releaseArgv } from '../../../src/bundle/index.js';
import type { Hold } from '../../../src/model/index.js';
import { type Box, openBox, type Result } from './box.js';
import { command, file } from './resources.js';
import { ending, makeTarget, type Packed, type Target } from './target.js';

const hours = (count: number): string =>
  `${new Date(Date.now() + count * 3_600_000).toISOString().slice(0, 19)}Z`;

describe.each(['busybox', 'debian'] as const)('a hold on %s', (kind) => {
  let box: Box;
  let target: Target;
  let packed: Packed;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    await box.sh('mkdir -p /usr/local/bin');
    target = await makeTarget(box);
    packed = await target.load([file('/etc/one', { content: '1\n' })]);
    await target.run(packed, next());
  });
  afterAll(() => box.close());
  beforeEach(() => box.exec(releaseArgv(target.runner)));

  const next = (): string => `h/m/apply/${++runs}`;
  const hold = (one: Hold): Promise<Result> => box.exec(holdArgv(target.runner, one));
  const inside = (...words: string[]): Promise<Result> =>
    box.exec(['/usr/local/bin/millwright-hold', ...words]);

  test('with an end keeps runs off, says who, why and until when, and survives a reboot', async () => {
    const until = hours(2);
    expect(await hold({ reason: 'disk "sdb"\nis odd', by: 'ann lee', until })).toMatchObject({
      code: 0,
      stdout: '',
    });
    await box.reboot();
    const { answer, code } = await target.run(packed, next());
    expect({ answer, code }).toEqual({
      answer: { start: 'held', reason: `disk "sdb" is odd (by ann_lee until ${until})` },
      code: 13,
    });
    expect((await target.status()).hold).toEqual({ reason: 'disk "sdb" is odd', by: 'ann_lee', until });
    expect(ending(await target.run(packed, 'h/m/check/1', { purpose: 'check' }))).toBe('ok');
  });

  test('whose end has passed is void and goes away', async () => {
    await hold({ reason: 'short', by: 'ann', until: hours(-1) });
    expect((await target.status()).hold).toBeNull();
    expect(await box.sh('ls /var/lib/millwright')).not.toContain('hold');
    await hold({ reason: 'short', by: 'ann', until: hours(-1) });
    expect((await target.run(packed, next())).answer).toMatchObject({ start: 'accepted' });
  });

  test('without an end lasts until it is released', async () => {
    await hold({ reason: '--by nobody', by: 'ann' });
    expect((await target.status()).hold).toEqual({ reason: '--by nobody', by: 'ann' });
    expect((await target.run(packed, next())).answer).toEqual({
      ...{ start: 'held', reason: '--by nobody (by ann until it is released)' },
    });
    expect(await box.exec(releaseArgv(target.runner))).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect((await target.status()).hold).toBeNull();
    expect((await target.run(packed, next())).answer).toMatchObject({ start: 'accepted' });
  });

  test('put there by hand holds as well, and what it says is the reason', async () => {
    await box.put('/var/lib/millwright/hold', '12 monkeys\n');
    expect((await target.status()).hold).toEqual({ reason: '12 monkeys' });
    await box.put('/var/lib/millwright/hold', '');
    expect((await target.status()).hold).toEqual({ reason: 'no reason given' });
  });

  test('a run that is at work is not disturbed', async () => {
    await box.sh('rm -f /tmp/go /tmp/waits');
    const wait = command('wait', 'touch /tmp/waits; until [ -e /tmp/go ]; do sleep 0.1; done', {
      always: true,
    });
    const running = target.run(await target.load([wait]), next());
    await box.sh('until [ -e /tmp/waits ]; do sleep 0.1; done');
    await hold({ reason: 'late', by: 'ann' });
    await box.sh('touch /tmp/go');
    expect(ending(await running)).toBe('ok');
  });

  test('from inside the machine: put, shown and released by its own program', async () => {
    expect((await inside()).stdout).toBe('not held: runs may come\n');
    const held = await inside('2h', 'why not', 'really');
    const { hold: seen } = await target.status();
    expect(seen).toMatchObject({ reason: 'why not really', by: 'root' });
    const left = Date.parse(seen?.until as string) - Date.now();
    expect(left).toBeGreaterThan(1.9 * 3_600_000);
    expect(left).toBeLessThanOrEqual(2 * 3_600_000);
    const line = `held: why not really (by root until ${seen?.until})\n`;
    expect(held).toEqual({ code: 0, stdout: line, stderr: '' });
    expect((await inside()).stdout).toBe(line);
    expect((await target.run(packed, next())).answer).toMatchObject({ start: 'held' });
    expect((await inside('release')).stdout).toBe('not held: runs may come\n');
    expect((await target.status()).hold).toBeNull();
  });

  test('inside, mistakes are told and change nothing', async () => {
    const refused = async (...words: string[]): Promise<string> => {
      const { code, stdout, stderr } = await inside(...words);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      return stderr.split('\n')[0] as string;
    };
    for (const odd of ['2', '0h', 'h', '2w', '99999d', '-1h', 'forever'])
      expect(await refused(odd, 'why')).toBe(
        `millwright-hold: '${odd}' is no duration such as 30m, 2h or 1d`,
      );
    expect(await refused('2h')).toBe('millwright-hold: say why: millwright-hold 2h "why"');
    expect(await refused('release', 'now')).toBe('millwright-hold: release takes no more words');
    expect((await target.status()).hold).toBeNull();
    expect((await inside('--help')).stdout).toContain('millwright-hold 2h "why"');
  });

  test('inside, who is not root is told to use sudo, and sudo tells who it was', async () => {
    const { code, stderr } = await box.exec([
      'su',
      '-s',
      '/bin/sh',
      '-c',
      'millwright-hold 2h why',
      kind === 'busybox' ? 'ops' : 'nobody',
    ]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'millwright-hold: only root may do that: sudo millwright-hold 2h why\n',
    });
    await box.sh('SUDO_USER=ann millwright-hold 1d why');
    expect((await target.status()).hold).toMatchObject({ by: 'ann' });
  });

  test('where there is no /usr/local/bin, or none that can be written, runs go on without the program', async () => {
    await box.sh(
      'rm /usr/local/bin/millwright-hold; mount --bind /usr/local/bin /usr/local/bin; mount -o remount,ro,bind /usr/local/bin',
    );
    const done = await target.run(packed, next());
    await box.sh('umount /usr/local/bin');
    expect(ending(done)).toBe('ok');
    expect(done.stderr).toBe('');
    await box.sh('mv /usr/local/bin /usr/local/away');
    const without = await target.run(packed, next());
    await box.sh('mv /usr/local/away /usr/local/bin');
    expect({ end: ending(without), stderr: without.stderr }).toEqual({ end: 'ok', stderr: '' });
    await target.run(packed, next());
    expect((await inside()).code).toBe(0);
  });
});
