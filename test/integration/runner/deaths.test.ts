import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cancelArgv, followArgv, journalFailure, startArgv, stopArgv } from '../../../src/bundle/index.js';
import { slotToken } from '../../../src/model/index.js';
import { type Box, openBox } from './box.js';
import { command, file } from './resources.js';
import { ending, makeTarget, type Packed, readJournal, story, type Target } from './target.js';

const key = (run: string): string => run.replaceAll('/', '+');
const waiting = 'echo ran >>/tmp/ran; until [ -e /tmp/go ]; do sleep 0.1; done';

describe.each(['busybox', 'debian'] as const)('a run that meets with death on %s', (kind) => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box.close());

  const begin = async (packed: Packed, run: string): Promise<void> => {
    const { head } = await target.status();
    const { bundle, bytes } = packed;
    const argv = startArgv({
      ...{ runner: target.runner, run, bundle: bundle.id, bytes },
      ...{ purpose: 'apply', expect: head, instance: 'box' },
    });
    const { code, stderr } = await box.exec(argv);
    if (code !== 0) throw new Error(stderr);
  };
  const untilRunning = (run: string) =>
    box.sh(`until grep -q '"command:wait","state":"started"' /run/millwright/runs/${key(run)}/journal; do sleep 0.1; done
      until [ -s /tmp/ran ]; do sleep 0.1; done`);
  const killRun = (): Promise<string> => box.sh('read -r pid rest </run/millwright/lock; kill -KILL "$pid"');
  const fresh = (): Promise<string> =>
    box.sh('rm -f /tmp/go /var/go /tmp/never /tmp/ran /etc/before /etc/after');

  const three = (more: Parameters<typeof command>[2]) =>
    target.load([
      file('/etc/before', { content: 'x' }),
      command('wait', waiting, more),
      file('/etc/after', { content: 'y' }),
    ]);

  test('killed within a repeatable step: started again, only unfinished steps act', async () => {
    await fresh();
    const packed = await three({ creates: '/tmp/go' });
    await begin(packed, 'k/m/apply/1');
    await untilRunning('k/m/apply/1');
    await killRun();
    expect((await box.exec(followArgv(target.runner, 'k/m/apply/1'))).code).toBe(20);
    expect((await target.status()).active).toBeNull();
    await box.sh('touch /tmp/go');
    const again = await target.run(packed, 'k/m/apply/1', { expect: null });
    expect(again.answer).toMatchObject({ start: 'accepted', head: { run: 'k/m/apply/1' } });
    expect(ending(again)).toBe('ok');
    expect(story(again)).toEqual([
      'started file:/etc/before',
      'changed file:/etc/before',
      'started command:wait',
      'ok file:/etc/before',
      'ok command:wait',
      'started file:/etc/after',
      'changed file:/etc/after',
    ]);
    expect(again.journal.map((line) => line.seq)).toEqual(again.journal.map((_, index) => index + 1));
  });

  test('a follower that hangs holds up no run, and sees all of it once it goes on', async () => {
    await fresh();
    const run = 'h/m/apply/1';
    const many = Array.from({ length: 30 }, (_, n) => command(`c${n}`, `touch /tmp/${n}`, { always: true }));
    const packed = await target.load([command('wait', waiting, { creates: '/tmp/go' }), ...many]);
    await begin(packed, run);
    await untilRunning(run);
    const words = followArgv(target.runner, run).map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    await box.sh(`${words.join(' ')} >/tmp/seen 2>&1 </dev/null & echo $! >/tmp/follower
      until grep -q started /tmp/seen; do sleep 0.1; done; kill -STOP $!; touch /tmp/go
      until [ -e /var/lib/millwright/runs/${key(run)}/ended ]; do sleep 0.1; done; kill -CONT $!; wait $!`);
    expect(await box.sh('cat /tmp/seen')).toBe(
      await box.sh(`cat /var/lib/millwright/runs/${key(run)}/journal`),
    );
  });

  test('the program of a killed run is ended before its step is judged again', async () => {
    await fresh();
    const packed = await three({ creates: '/tmp/never' });
    await begin(packed, 'p/m/apply/1');
    await untilRunning('p/m/apply/1');
    await killRun();
    const child = (await box.sh('cut -d" " -f1 /run/millwright/child')).trim();
    const again = target.run(packed, 'p/m/apply/1');
    await box.sh(`while kill -0 ${child} 2>/dev/null; do sleep 0.1; done; touch /tmp/go /tmp/never`);
    expect(ending(await again)).toBe('ok');
  });

  test('power is lost within a repeatable step: the same id goes on under the next boot', async () => {
    await fresh();
    const packed = await three({ creates: '/var/go' });
    await begin(packed, 'r/m/apply/1');
    await untilRunning('r/m/apply/1');
    const before = (await target.status()).bootId;
    await box.reboot();
    await box.sh('touch /tmp/go; touch /var/go');
    const again = await target.run(packed, 'r/m/apply/1');
    expect(ending(again)).toBe('ok');
    expect(again.journal[0]?.bootId).toBe(before);
    expect(again.journal.at(-1)?.bootId).not.toBe(before);
    expect(story(again).slice(-3)).toEqual([
      'ok command:wait',
      'started file:/etc/after',
      'changed file:/etc/after',
    ]);
  });

  test('an unguarded step that was begun is not begun again: it ends interrupted and asks', async () => {
    await fresh();
    const packed = await three({ always: true });
    await begin(packed, 'i/m/apply/1');
    await untilRunning('i/m/apply/1');
    await killRun();
    const again = await target.run(packed, 'i/m/apply/1');
    expect(story(again).slice(3)).toEqual(['ok file:/etc/before', 'interrupted command:wait']);
    expect(ending(again)).toBe('failed');
    expect(journalFailure(again.journal)).toMatchObject({
      code: 'MW-STEP-INTERRUPTED',
      step: 'command:wait',
    });
    expect(await box.sh('cat /tmp/ran')).toBe('ran\n');
    await box.sh('touch /tmp/go');
    const answered = await target.run(packed, 'i/m/apply/2');
    expect(ending(answered)).toBe('ok');
    expect(await box.sh('cat /tmp/ran')).toBe('ran\nran\n');
  });

  test('a lock whose holder died is taken by exactly one of many', async () => {
    await fresh();
    const packed = await three({ creates: '/tmp/never' });
    await begin(packed, 'q/m/apply/1');
    await untilRunning('q/m/apply/1');
    await killRun();
    await box.sh('touch /tmp/go');
    const { head } = await target.status();
    const other = await target.load([command('count', 'echo one >>/tmp/count; sleep 1', { always: true })]);
    await box.sh('rm -f /tmp/count');
    const runs = await Promise.all(
      Array.from({ length: 8 }, (_, n) => target.run(other, `q/m/apply/1${n}`, { expect: head })),
    );
    expect(runs.filter(({ answer }) => answer.start === 'accepted')).toHaveLength(1);
    expect(runs.filter(({ answer }) => answer.start === 'refused')).toHaveLength(7);
    expect(await box.sh('cat /tmp/count')).toBe('one\n');
  });

  test('cancel ends the running step and whatever it started, and the run says so', async () => {
    await fresh();
    const packed = await three({ creates: '/tmp/never' });
    await begin(packed, 'x/m/apply/1');
    await untilRunning('x/m/apply/1');
    const cancelled = await box.exec(cancelArgv(target.runner, 'x/m/apply/1'));
    expect(cancelled).toMatchObject({ code: 0, stdout: '{"v":1,"cancel":"ended"}\n' });
    const journal = readJournal((await box.exec(followArgv(target.runner, 'x/m/apply/1'))).stdout);
    expect(story({ journal }).slice(-1)).toEqual(['interrupted command:wait']);
    expect(ending({ journal })).toBe('cancelled');
    expect(await box.sh("ps | grep -c '[t]mp/go' || true")).toBe('0\n');
    expect((await target.run(packed, 'x/m/apply/1')).answer).toEqual({ start: 'tombstoned' });
  });

  test('cancel ends a step that ignores TERM, and writes the end that the run could not', async () => {
    await fresh();
    const stubborn = await target.load([
      command('wait', `trap '' TERM; ${waiting}`, { creates: '/tmp/never' }),
    ]);
    await begin(stubborn, 'y/m/apply/1');
    await untilRunning('y/m/apply/1');
    const cancelled = await box.exec(cancelArgv(target.runner, 'y/m/apply/1', 1));
    expect(cancelled.stdout).toBe('{"v":1,"cancel":"ended"}\n');
    const journal = readJournal((await box.exec(followArgv(target.runner, 'y/m/apply/1'))).stdout);
    expect(ending({ journal })).toBe('cancelled');
    expect((await target.status()).active).toBeNull();
  });

  test('stop lets the running step finish and leaves the rest', async () => {
    await fresh();
    const packed = await three({ creates: '/tmp/never' });
    const always = await target.load([
      command('wait', waiting, { always: true }),
      file('/etc/after', { content: 'y' }),
    ]);
    expect(packed.bytes).not.toBe(always.bytes);
    const running = target.run(always, 't/m/apply/1');
    await untilRunning('t/m/apply/1');
    await box.exec(stopArgv(target.runner, 't/m/apply/1'));
    await box.sh('touch /tmp/go');
    const stopped = await running;
    expect(story(stopped)).toEqual(['started command:wait', 'changed command:wait']);
    expect(ending(stopped)).toBe('stopped');
  });

  test('once runs once per instance and inputs, across runs', async () => {
    const slot = { name: 'secrets.pw', kind: 'secret', secret: { env: 'PW' } } as const;
    const packed = await target.load(
      [command('once', 'echo "$PW" >>/tmp/once', { once: true, env: { PW: slotToken('secrets.pw') } })],
      [],
      [slot],
    );
    const value = (text: string) => [
      { name: slot.name, secret: true, fingerprint: `fp:${text}`, value: text },
    ];
    await box.sh('rm -f /tmp/once');
    const first = await target.run(packed, 'n/m/apply/1', {}, value('one'));
    expect(first.journal.find((line) => line.state === 'changed')?.fingerprints).toEqual({
      'secrets.pw': 'fp:one',
    });
    expect(story(await target.run(packed, 'n/m/apply/2', {}, value('one')))).toEqual(['ok command:once']);
    await target.run(packed, 'n/m/apply/3', {}, value('two'));
    await target.run(packed, 'n/m/apply/4', { instance: 'another' }, value('two'));
    expect(await box.sh('cat /tmp/once')).toBe('one\ntwo\ntwo\n');
  });

  test('secrets that a reboot lost are asked for, and the run goes on when they are given', async () => {
    const slot = { name: 'secrets.pw', kind: 'secret', secret: { env: 'PW' } } as const;
    const packed = await target.load(
      [file('/etc/pw', { content: `pw=${slotToken(slot.name)}\n` })],
      [],
      [slot],
    );
    const without = await target.run(packed, 'z/m/apply/1');
    expect(without.journal.map((line) => line.state)).toEqual(['run-started', 'needs-secrets', 'run-ended']);
    expect(ending(without)).toBe('needs-secrets');
    const given = [{ name: slot.name, secret: true, fingerprint: 'fp', value: 'a\nb\n\n' }];
    const done = await target.run(packed, 'z/m/apply/1', {}, given);
    expect(ending(done)).toBe('ok');
    expect(await box.sh('cat /etc/pw; echo .')).toBe('pw=a\nb\n\n\n.\n');
    expect((await box.sh('stat -c %a /etc/pw')).trim()).toBe('600');
    expect(await box.sh('ls /run/millwright/runs/z+m+apply+1')).not.toContain('slots');
  });
});
