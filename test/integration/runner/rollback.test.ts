import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  bundlePath,
  bundleTar,
  cancelArgv,
  followArgv,
  journalFailure,
  startArgv,
} from '../../../src/bundle/index.js';
import { slotToken } from '../../../src/model/index.js';
import { type Box, openBox } from './box.js';
import { command, file, reload, restart, service } from './resources.js';
import {
  ending,
  makeTarget,
  type Packed,
  type RunResult,
  readJournal,
  story,
  type Target,
} from './target.js';

/** A service that writes down what it is told and which file it then reads; its stop waits while /srv/slow is there. */
const script = `#!/bin/sh
case "$1" in
  status) [ -e /srv/up ] ;;
  stop) echo stop >>/srv/log; while [ -e /srv/slow ]; do sleep 0.1; done; rm -f /srv/up ;;
  start|restart|reload) echo "$1 $(cat /etc/web.conf 2>/dev/null)" >>/srv/log; touch /srv/up ;;
esac
`;

describe.each(['busybox', 'debian'] as const)('a rollback on %s', (kind) => {
  let box: Box;
  let target: Target;
  let changes = 0;
  let change = '';
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box.close());
  beforeEach(async () => {
    change = `r${++changes}`;
    await box.put('/etc/init.d/web', script, '755');
    await box.sh(
      'rm -rf /srv/*; mkdir -p /srv/t; touch /srv/up; rm -f /etc/web.conf /var/lib/millwright/debts /var/lib/millwright/hold',
    );
  });

  const web = service('web');
  const conf = (content: string) => file('/etc/web.conf', { content, notify: [reload('web')] });
  const fails = command('fails', 'false', { unless: 'test -e /srv/ok' });
  const apply = (packed: Packed, n = 1, who = change): Promise<RunResult> =>
    target.run(packed, `${who}/m/apply/${n}`);
  const back = (from: Packed) => ({ purpose: 'rollback', undo: { change, bytes: from.bytes } }) as const;
  /** What nobody verified was collected when another run began. */
  const upload = ({ bundle, bytes }: Packed): Promise<void> => box.put(bundlePath(bytes), bundleTar(bundle));
  const rollback = async (to: Packed, from: Packed, n = 1): Promise<RunResult> => {
    await upload(to);
    return target.run(to, `${change}/m/rollback/${n}`, back(from));
  };
  const log = (): Promise<string> => box.sh('cat /srv/log 2>/dev/null || true');
  const killRun = (): Promise<string> => box.sh('read -r pid rest </run/millwright/lock; kill -KILL "$pid"');

  test('two runs of a change are taken back newest first, then the verified bundle is there', async () => {
    const good = await target.load([conf('good'), web]);
    await apply(good, 1, `before-${change}`);
    await box.sh('rm -f /srv/log');
    const late = file('/srv/t/late', { content: 'late', validate: 'test -e /srv/fixed' });
    const bad = await target.load([conf('bad'), file('/srv/t/added', { content: 'x' }), late, web]);
    expect(ending(await apply(bad, 1))).toBe('failed');
    await box.sh('echo by hand >/srv/t/added');
    expect(ending(await apply(bad, 2))).toBe('failed');
    const done = await rollback(good, bad);
    expect(done.answer).toMatchObject({ start: 'accepted', head: { bundle: good.bundle.id } });
    expect(story(done).filter((line) => !line.startsWith('started'))).toEqual([
      ...['undone file:/srv/t/late', 'undone file:/srv/t/added'],
      ...['undone file:/srv/t/late', 'undone file:/srv/t/added', 'undone file:/etc/web.conf'],
      ...['ok file:/etc/web.conf', 'ok service:web', 'paid service:web'],
    ]);
    expect(await box.sh('cat /etc/web.conf; ls -A /srv/t')).toBe('good');
    expect(ending(done)).toBe('ok');
  });

  test('the service hears of it once, when its files are back', async () => {
    const good = await target.load([conf('good'), web]);
    await apply(good, 1, `before-${change}`);
    await box.sh('rm -f /srv/log');
    const bad = await target.load([
      conf('bad'),
      file('/etc/other', { content: 'x', notify: [reload('web')] }),
      web,
    ]);
    await apply(bad);
    expect(await log()).toBe('reload bad\n');
    const done = await rollback(good, bad);
    expect(await log()).toBe('reload bad\nreload good\n');
    expect(story(done)).toEqual([
      ...['started file:/etc/other', 'owed file:/etc/other', 'undone file:/etc/other'],
      ...['started file:/etc/web.conf', 'undone file:/etc/web.conf'],
      ...['ok file:/etc/web.conf', 'ok service:web', 'paid service:web'],
    ]);
  });

  test('a debt to a service that the verified bundle does not have is forgiven, and the journal says so', async () => {
    const bad = await target.load([
      file('/srv/t/x', { content: 'x', notify: [restart('web')] }),
      web,
      command('fails', 'false', { onlyIf: 'false' }),
    ]);
    await apply(bad);
    const done = await rollback(await target.load([file('/srv/t/y', { content: 'y' })]), bad);
    expect(done.journal.find(({ state }) => state === 'paid')).toMatchObject({
      ...{ step: 'service:web', debt: 'restart service:web' },
      reason: 'forgiven: what is verified has no service:web',
    });
    expect((await target.status()).debts).toEqual([]);
    expect(ending(done)).toBe('ok');
  });

  const interruptible = async (): Promise<{ good: Packed; bad: Packed; run: string }> => {
    await box.sh('rm -f /srv/up; echo old >/etc/web.conf');
    const good = await target.load([file('/srv/t/good', { content: 'good' })]);
    const bad = await target.load([
      ...[file('/etc/web.conf', { content: 'bad' }), web],
      ...[file('/srv/t/x', { content: 'x' }), file('/srv/t/y', { content: 'y' })],
    ]);
    expect(ending(await apply(bad))).toBe('ok');
    await box.sh('touch /srv/slow');
    await upload(good);
    const run = `${change}/m/rollback/1`;
    const { head: expect_ } = await target.status();
    const { runner } = target;
    const { bundle, bytes } = good;
    await box.exec(
      startArgv({ runner, run, bundle: bundle.id, bytes, expect: expect_, instance: 'box', ...back(bad) }),
    );
    await box.sh('until grep -q stop /srv/log; do sleep 0.1; done');
    return { good, bad, run };
  };
  const whole = [
    ...['started file:/srv/t/y', 'undone file:/srv/t/y', 'started file:/srv/t/x', 'undone file:/srv/t/x'],
    ...['started service:web', 'started service:web', 'undone service:web'],
    ...['started file:/etc/web.conf', 'undone file:/etc/web.conf'],
    ...['started file:/srv/t/good', 'changed file:/srv/t/good'],
  ];

  test('killed in the middle of an undo it goes on, and ends the same', async () => {
    const { good, bad, run } = await interruptible();
    await killRun();
    expect((await box.exec(followArgv(target.runner, run))).code).toBe(20);
    await box.sh('rm /srv/slow');
    const again = await target.run(good, run, back(bad));
    expect(story(again)).toEqual(whole);
    expect(ending(again)).toBe('ok');
    expect(await box.sh('cat /etc/web.conf; ls -A /srv/t; ls /srv/up 2>/dev/null || echo down')).toBe(
      'old\ngood\ndown\n',
    );
    expect((await target.run(good, run, back(bad))).answer).toMatchObject({
      start: 'attached',
      active: false,
    });
  });

  test('power lost in the middle of an undo: the same id goes on under the next boot', async () => {
    const { good, bad, run } = await interruptible();
    await box.reboot();
    await box.sh('rm /srv/slow');
    const again = await target.run(good, run, back(bad));
    expect(story(again)).toEqual(whole);
    expect(await box.sh('cat /etc/web.conf; ls -A /srv/t')).toBe('old\ngood\n');
  });

  test('cancelled in the middle of an undo it says so, and the next rollback takes back the rest', async () => {
    const { good, bad, run } = await interruptible();
    await box.exec(cancelArgv(target.runner, run, 2));
    const journal = readJournal((await box.exec(followArgv(target.runner, run))).stdout);
    expect(story({ journal }).at(-1)).toBe('interrupted service:web');
    expect(ending({ journal })).toBe('cancelled');
    expect(await box.sh('cat /etc/web.conf; ls -A /srv/t')).toBe('bad');
    await box.sh('rm /srv/slow');
    const next = await rollback(good, bad, 2);
    expect(story(next)).toEqual(whole.slice(5));
    expect(await box.sh('cat /etc/web.conf; ls -A /srv/t')).toBe('old\ngood\n');
  });

  test('it is admitted as an apply is: by head, hold, tombstone, lock and generation', async () => {
    const bad = await target.load([file('/srv/t/x', { content: 'x' })]);
    const good = await target.load([]);
    await apply(bad);
    const { head } = await target.status();
    await upload(good);
    const stale = await target.run(good, `${change}/m/rollback/1`, { ...back(bad), expect: null });
    expect(stale.answer).toEqual({ start: 'refused', reason: 'stale', head });
    const runner = `/var/lib/millwright/runner/${target.runner}.sh`;
    await box.exec(['sh', runner, 'hold', 'mine']);
    expect((await rollback(good, bad)).answer).toMatchObject({ start: 'held' });
    await box.exec(['sh', runner, 'release']);
    await box.exec(['sh', runner, 'cancel', '--run', `${change}/m/rollback/1`]);
    expect((await rollback(good, bad)).answer).toEqual({ start: 'tombstoned' });
    expect(await box.sh('ls /srv/t')).toBe('x\n');
    const done = await rollback(good, bad, 2);
    expect(done.answer).toMatchObject({ head: { generation: (head?.generation ?? 0) + 1 } });
    expect(await box.sh('ls /srv/t')).toBe('');
  });

  test('a step of the verified bundle that fails ends it failed', async () => {
    const bad = await target.load([file('/srv/t/x', { content: 'x' })]);
    await apply(bad);
    const done = await rollback(await target.load([fails]), bad);
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-CHANGE-COMMAND', step: 'command:fails' });
    expect(await box.sh('ls /srv/t')).toBe('');
  });

  test('secrets of the verified bundle are asked for before anything is undone', async () => {
    const slot = { name: 'pw', kind: 'secret', secret: { env: 'PW' } } as const;
    const bad = await target.load([file('/srv/t/x', { content: 'x' })]);
    const good = await target.load([file('/srv/t/pw', { content: slotToken('pw') })], [], [slot]);
    await apply(bad);
    const without = await rollback(good, bad);
    expect(ending(without)).toBe('needs-secrets');
    expect(await box.sh('ls /srv/t')).toBe('x\n');
    const given = [{ name: 'pw', secret: true, fingerprint: 'fp', value: 'hunter2' }];
    const done = await target.run(good, `${change}/m/rollback/1`, back(bad), given);
    expect(ending(done)).toBe('ok');
    expect(await box.sh('ls /srv/t; cat /srv/t/pw')).toBe('pw\nhunter2');
  });

  test('what was taken back once is not taken back again by the next rollback, nor saved as if it were old', async () => {
    const good = await target.load([file('/srv/t/f', { content: 'good' })]);
    const bad = await target.load([
      file('/srv/t/f', { content: 'bad' }),
      file('/srv/t/g', { content: 'bad' }),
    ]);
    await apply(good, 1, `before-${change}`);
    await apply(bad);
    await rollback(good, bad);
    await box.sh('echo mine >/srv/t/g');
    expect(story(await rollback(good, bad, 2))).toEqual(['ok file:/srv/t/f']);
    expect(await box.sh('cat /srv/t/g')).toBe('mine\n');
    await upload(bad);
    await apply(bad, 2);
    await rollback(good, bad, 3);
    expect(await box.sh('cat /srv/t/f /srv/t/g')).toBe('goodmine\n');
  });

  test('a machine that the change never touched gets the verified bundle, and no other is asked for', async () => {
    const good = await target.load([file('/srv/t/f', { content: 'good' })]);
    const done = await rollback(good, { ...good, bytes: '0'.repeat(64) });
    expect(ending(done)).toBe('ok');
    expect(await box.sh('cat /srv/t/f')).toBe('good');
  });

  test('what is not kept any more is no success: it is refused by name', async () => {
    const bad = await target.load([file('/srv/t/x', { content: 'x' })]);
    await apply(bad);
    await box.sh(`rm -r /var/lib/millwright/preimages/${change}+m+apply+1`);
    expect((await rollback(await target.load([]), bad)).answer).toMatchObject({
      ...{ start: 'failed', code: 'MW-ROLLBACK-UNDO' },
      reason: `what run ${change}+m+apply+1 replaced is not kept any more; nothing was taken back`,
    });
  });
});
