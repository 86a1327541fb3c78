import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  bundlePath,
  cancelArgv,
  followArgv,
  lackingArgv,
  lookArgv,
  parseLacking,
  parseStart,
  parseStatus,
  startArgv,
  statusArgv,
} from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { command, file } from './resources.js';
import { ending, makeTarget, readJournal, story, type Target } from './target.js';

describe.each(['busybox', 'debian'] as const)('starting a run on %s', (kind) => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box.close());

  test('each accepted apply raises the generation, and head names it', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    const first = await target.run(packed, 'g/m/apply/1', { expect: null });
    expect(first.answer).toMatchObject({ start: 'accepted', head: { generation: 1, run: 'g/m/apply/1' } });
    expect(ending(first)).toBe('ok');
    const second = await target.run(packed, 'g/m/apply/2');
    expect(second.answer).toMatchObject({ head: { generation: 2, bundle: packed.bundle.id } });
    expect((await target.status()).head).toEqual({
      generation: 2,
      bundle: packed.bundle.id,
      run: 'g/m/apply/2',
    });
  });

  test('head is known to a Millwright whose own runner has never been there', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    await target.run(packed, 'n/m/apply/1');
    const newer = await box.exec(statusArgv('f'.repeat(64)));
    expect(parseStatus(newer.stdout)).toEqual({
      ...(await target.status()),
      uptime: expect.any(Number),
    });
  });

  test('a head that is stale in generation, bundle or run is refused by name', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    await target.run(packed, 's/m/apply/1');
    const { head } = await target.status();
    if (head === null) throw new Error('no head');
    const wrongs = [
      { ...head, generation: head.generation - 1 },
      { ...head, bundle: '0'.repeat(64) },
      { ...head, run: 's/m/apply/0' },
      null,
    ];
    for (const [index, wrong] of wrongs.entries()) {
      const { bundle, bytes } = packed;
      const argv = startArgv({
        ...{ runner: target.runner, run: `s/m/apply/9${index}`, bundle: bundle.id, bytes },
        ...{ purpose: 'apply', expect: wrong, instance: 'box' },
      });
      const { code, stdout } = await box.exec(argv);
      expect({ code, answer: parseStart(stdout) }).toEqual({
        code: 10,
        answer: { start: 'refused', reason: 'stale', head },
      });
    }
    expect((await target.status()).head).toEqual(head);
  });

  test('the same run id attaches while the run is active, and after it ended', async () => {
    const packed = await target.load([
      command('wait', 'until [ -e /tmp/go ]; do sleep 0.1; done', { always: true }),
    ]);
    await box.sh('rm -f /tmp/go');
    const running = target.run(packed, 'a/m/apply/1');
    await box.sh(
      'until grep -q "\\"started\\"" /run/millwright/runs/a+m+apply+1/journal; do sleep 0.1; done',
    );
    const again = target.run(packed, 'a/m/apply/1');
    const other = await target.run(packed, 'a/m/apply/2');
    expect(other.answer).toMatchObject({ start: 'refused', reason: 'busy', active: 'a/m/apply/1' });
    const look = await target.run(packed, 'a/m/check/1', { purpose: 'check' });
    expect(look.answer).toMatchObject({ start: 'refused', reason: 'busy' });
    await box.sh('touch /tmp/go');
    const [first, second] = await Promise.all([running, again]);
    expect(second.answer).toMatchObject({ start: 'attached', active: true });
    expect(second.journal).toEqual(first.journal);
    const late = await target.run(packed, 'a/m/apply/1');
    expect(late.answer).toMatchObject({ start: 'attached', active: false });
    expect(late.journal).toEqual(first.journal);
  });

  test('a look is one command: what status says, then a check where the bundle is the assigned one and nobody holds', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    await target.run(packed, 'k/m/apply/1');
    const look = async (bundle: string, runner = target.runner) => {
      const { code, stdout } = await box.exec(
        lookArgv({
          ...{ runner, run: 'k/m/check/1', bundle, bytes: packed.bytes, purpose: 'check' },
          ...{ expect: null, instance: 'box', follow: true },
        }),
      );
      const [status = '', answer, ...rest] = stdout.split('\n').filter(Boolean);
      return {
        code,
        head: parseStatus(status).head,
        answer,
        steps: story({ journal: readJournal(rest.join('\n')) }),
      };
    };
    const { head } = await target.status();
    const aligned = await look(packed.bundle.id);
    expect(aligned).toMatchObject({ code: 0, head, steps: ['ok file:/etc/one'] });
    expect(parseStart(aligned.answer ?? '')).toMatchObject({ start: 'accepted' });
    const statusOnly = { code: 0, head, answer: undefined, steps: [] };
    expect(await look('0'.repeat(64))).toEqual(statusOnly);
    expect(await look(packed.bundle.id, 'f'.repeat(64))).toEqual(statusOnly);
    const runner = `/var/lib/millwright/runner/${target.runner}.sh`;
    await box.exec(['sh', runner, 'hold', 'not now']);
    expect(await look(packed.bundle.id)).toEqual(statusOnly);
    await box.exec(['sh', runner, 'release']);
  });

  test('a run that is followed says at its end what status says', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    const { head } = await target.status();
    const argv = startArgv({
      ...{ runner: target.runner, run: 'e/m/apply/1', bundle: packed.bundle.id, bytes: packed.bytes },
      ...{ purpose: 'apply', expect: head, instance: 'box', follow: true, status: 'last' },
    });
    for (const answer of ['accepted', 'attached']) {
      const { code, stdout } = await box.exec(argv);
      const lines = stdout.split('\n').filter(Boolean);
      expect({ code, start: parseStart(stdout).start }).toEqual({ code: 0, start: answer });
      expect(readJournal(stdout).at(-1)?.state).toBe('run-ended');
      expect(parseStatus(lines.at(-1) ?? '').head).toMatchObject({ run: 'e/m/apply/1' });
    }
  });

  test('follow begins at the line asked for, and says when it knows no such run', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    const { journal } = await target.run(packed, 'f/m/apply/1');
    const rest = await box.exec(followArgv(target.runner, 'f/m/apply/1', 2));
    expect(readJournal(rest.stdout)).toEqual(journal.slice(1));
    expect((await box.exec(followArgv(target.runner, 'f/m/apply/99'))).code).toBe(21);
    await box.reboot();
    const after = await box.exec(followArgv(target.runner, 'f/m/apply/1', 1));
    expect(readJournal(after.stdout)).toEqual(journal);
  });

  test('a missing runner, a missing bundle and a corrupt one are named', async () => {
    const packed = await target.load([file('/etc/one', { content: '2\n' })]);
    const lacking = async (runner: string, bytes: string) =>
      parseLacking((await box.exec(lackingArgv(runner, bytes))).stdout);
    expect(await lacking(target.runner, packed.bytes)).toEqual([]);
    expect(await lacking('0'.repeat(64), '1'.repeat(64))).toEqual(['runner', 'bundle']);
    await box.put(bundlePath(packed.bytes), 'not what was sent');
    expect(await lacking(target.runner, packed.bytes)).toEqual(['bundle']);
    const { answer, code } = await target.run(packed, 'l/m/apply/1');
    expect({ answer, code }).toEqual({ answer: { start: 'lacking', what: 'bundle' }, code: 12 });
    const argv = startArgv({
      ...{ runner: '0'.repeat(64), run: 'l/m/apply/2', bundle: packed.bundle.id, bytes: packed.bytes },
      ...{ purpose: 'apply', expect: null, instance: 'box' },
    });
    expect(parseStart((await box.exec(argv)).stdout)).toEqual({ start: 'lacking', what: 'runner' });
  });

  test('a hold keeps applies off and says why; looking is allowed', async () => {
    const packed = await target.load([file('/etc/one', { content: '1\n' })]);
    const runner = `/var/lib/millwright/runner/${target.runner}.sh`;
    await box.exec(['sh', runner, 'hold', 'debugging "this" by hand']);
    const { answer, code } = await target.run(packed, 'h/m/apply/1');
    expect({ answer, code }).toEqual({
      answer: { start: 'held', reason: 'debugging "this" by hand (until it is released)' },
      code: 13,
    });
    expect((await target.status()).hold).toEqual({ reason: 'debugging "this" by hand' });
    expect(ending(await target.run(packed, 'h/m/check/1', { purpose: 'check' }))).toBe('ok');
    await box.exec(['sh', runner, 'release']);
    expect((await target.run(packed, 'h/m/apply/1')).answer).toMatchObject({ start: 'accepted' });
  });

  test('a run that was cancelled before it started never starts', async () => {
    const packed = await target.load([file('/etc/never', { content: '1\n' })]);
    const cancelled = await box.exec(cancelArgv(target.runner, 'c/m/apply/1'));
    expect(cancelled.stdout).toContain('never-started');
    const { answer, code } = await target.run(packed, 'c/m/apply/1');
    expect({ answer, code }).toEqual({ answer: { start: 'tombstoned' }, code: 14 });
    expect(await box.sh('ls /etc/never 2>/dev/null || echo none')).toBe('none\n');
  });

  test('a run restricted to some steps leaves the others alone', async () => {
    const packed = await target.load([
      file('/etc/a', { content: 'a' }),
      file("/etc/b's", { content: 'b' }),
      file('/etc/c', { content: 'c' }),
    ]);
    const done = await target.run(packed, 'o/m/apply/1', { only: ["file:/etc/b's", 'file:/etc/c'] });
    expect(story(done)).toEqual([
      "started file:/etc/b's",
      "changed file:/etc/b's",
      'started file:/etc/c',
      'changed file:/etc/c',
    ]);
  });
});
