import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { journalCounts, journalFailure, startArgv } from '../../../src/bundle/index.js';
import { type Box, openBox } from './box.js';
import { command, file, reload, restart, service } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

/** A service whose every action is written down, and which fails to reload or restart while /srv/broken is there. */
const script = `#!/bin/sh
case "$1" in
  status) [ -e /srv/up ]; exit ;;
  stop) rm -f /srv/up ;;
  start|restart|reload) echo "$1" >>/srv/log; [ ! -e /srv/broken ] || { echo "it is broken"; exit 1; }; touch /srv/up ;;
esac
`;
const cannotReload = script.replace('|reload', '');

describe.each(['busybox', 'debian'] as const)('debts on %s', (kind) => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
  });
  afterAll(() => box.close());
  beforeEach(async () => {
    await box.put('/etc/init.d/web', script, '755');
    await box.sh(
      'rm -rf /srv/*; mkdir -p /srv; touch /srv/up; rm -f /etc/web.conf /var/lib/millwright/debts',
    );
  });

  const next = (): string => `d/m/apply/${++runs}`;
  const log = (): Promise<string> => box.sh('cat /srv/log 2>/dev/null || true');
  const web = service('web');
  const conf = (content: string, notify = [reload('web')]) => file('/etc/web.conf', { content, notify });

  test('a changed step owes before it acts, and is paid at the end of the run', async () => {
    const done = await target.run(await target.load([conf('1'), web]), next());
    expect(story(done)).toEqual([
      'started file:/etc/web.conf',
      'owed file:/etc/web.conf',
      'changed file:/etc/web.conf',
      'ok service:web',
      'paid service:web',
    ]);
    expect(await log()).toBe('reload\n');
    expect((await target.status()).debts).toEqual([]);
  });

  test('an unchanged step owes nothing', async () => {
    const packed = await target.load([conf('1'), web]);
    await target.run(packed, next());
    const again = await target.run(packed, next());
    expect(story(again)).toEqual(['ok file:/etc/web.conf', 'ok service:web']);
    expect(await log()).toBe('reload\n');
  });

  test.each(['test -e /srv/never', 'grep -q never {new}'])(
    'a step whose new file is refused by `%s` owes nothing',
    async (validate) => {
      await target.run(await target.load([conf('1'), web]), next());
      const refused = file('/etc/web.conf', { content: '2', validate, notify: [reload('web')] });
      const failed = await target.run(await target.load([refused, web]), next());
      expect(ending(failed)).toBe('failed');
      expect(journalFailure(failed.journal)).toMatchObject({ code: 'MW-CHANGE-VALIDATE' });
      expect((await target.status()).debts).toEqual([]);
      expect(await box.sh('cat /etc/web.conf')).toBe('1');
      expect(await log()).toBe('reload\n');
    },
  );

  test('a failure later in the run leaves the debt, and the next run pays it and counts as changed', async () => {
    const steps = [conf('1'), web];
    const fails = command('fails', 'exit 3', { always: true });
    const failed = await target.run(await target.load([...steps, fails]), next());
    expect(journalFailure(failed.journal)).toMatchObject({
      code: 'MW-CHANGE-COMMAND',
      step: 'command:fails',
    });
    expect(await log()).toBe('');
    expect((await target.status()).debts).toEqual(['reload service:web']);
    const packed = await target.load(steps);
    const look = await target.run(packed, `${next()}/check`.replace('/apply/', '/check/'), {
      purpose: 'check',
    });
    expect(look.journal.filter((line) => line.state === 'owed').map((line) => line.debt)).toEqual([
      'reload service:web',
    ]);
    const paid = await target.run(packed, next());
    expect(story(paid)).toEqual(['ok file:/etc/web.conf', 'ok service:web', 'paid service:web']);
    expect(journalCounts(paid.journal, ['file:/etc/web.conf', 'service:web'])).toMatchObject({
      ok: 1,
      changed: 1,
    });
    expect(await log()).toBe('reload\n');
  });

  test('a reload that fails leaves the debt, shows what was said, and fails the run', async () => {
    await box.sh('touch /srv/broken');
    const packed = await target.load([conf('1'), web]);
    const failed = await target.run(packed, next());
    expect(ending(failed)).toBe('failed');
    expect(journalFailure(failed.journal)).toMatchObject({
      ...{ code: 'MW-SERVICE-INACTIVE', step: 'service:web', detail: ['it is broken'] },
    });
    expect((await target.status()).debts).toEqual(['reload service:web']);
    await box.sh('rm /srv/broken');
    expect(story(await target.run(packed, next())).at(-1)).toBe('paid service:web');
  });

  test('a debt survives SIGKILL and a reboot', async () => {
    const packed = await target.load([
      conf('1'),
      command('wait', 'touch /srv/waits; until [ -e /srv/go ]; do sleep 0.1; done', { creates: '/srv/go' }),
      web,
    ]);
    const run = next();
    const { head } = await target.status();
    const { bundle, bytes } = packed;
    const more = { purpose: 'apply', expect: head, instance: 'box' } as const;
    await box.exec(startArgv({ runner: target.runner, run, bundle: bundle.id, bytes, ...more }));
    await box.sh('until [ -e /srv/waits ]; do sleep 0.1; done');
    await box.reboot();
    expect((await target.status()).debts).toEqual(['reload service:web']);
    await box.sh('touch /srv/go');
    expect(story(await target.run(packed, run)).at(-1)).toBe('paid service:web');
    expect(await log()).toBe('reload\n');
  });

  test('a run that fails after the notify and is killed: the retry under another id reloads exactly once', async () => {
    const packed = await target.load([
      conf('1'),
      command(
        'later',
        'touch /srv/waits; until [ -e /srv/go ]; do sleep 0.1; done; test -e /srv/fixed && touch /srv/done',
        {
          creates: '/srv/done',
        },
      ),
      web,
    ]);
    const start = async (run: string): Promise<void> => {
      const { head } = await target.status();
      const { bundle, bytes } = packed;
      const more = { purpose: 'apply', expect: head, instance: 'box' } as const;
      const { code, stderr } = await box.exec(
        startArgv({ runner: target.runner, run, bundle: bundle.id, bytes, ...more }),
      );
      if (code !== 0) throw new Error(stderr);
    };
    await box.sh('touch /srv/go');
    const failed = await target.run(packed, next());
    expect(journalFailure(failed.journal)).toMatchObject({ step: 'command:later' });
    expect((await target.status()).debts).toEqual(['reload service:web']);
    await box.sh('rm /srv/go /srv/waits');
    await start(next());
    await box.sh('until [ -e /srv/waits ]; do sleep 0.1; done');
    await box.sh('read -r pid rest </run/millwright/lock; kill -KILL "$pid"');
    expect((await target.status()).debts).toEqual(['reload service:web']);
    await box.sh('rm /srv/waits');
    const retrying = target.run(packed, next());
    await box.sh('until [ -e /srv/waits ]; do sleep 0.1; done; touch /srv/go /srv/fixed');
    const retried = await retrying;
    expect(ending(retried)).toBe('ok');
    expect(story(retried)).toEqual([
      ...['ok file:/etc/web.conf', 'started command:later', 'changed command:later', 'ok service:web'],
      'paid service:web',
    ]);
    expect(await log()).toBe('reload\n');
    await target.run(packed, next());
    expect(await log()).toBe('reload\n');
  });

  test('a restart absorbs a reload of the same service, whichever was owed first', async () => {
    for (const both of [
      [reload('web'), restart('web')],
      [restart('web'), reload('web')],
    ]) {
      await box.sh('rm -f /srv/log /etc/web.conf');
      const done = await target.run(await target.load([conf('1', both), web]), next());
      expect(done.journal.filter((line) => line.state === 'paid').map((line) => line.debt)).toEqual([
        'restart service:web',
      ]);
      expect(await log()).toBe('restart\n');
    }
  });

  test('a service that cannot reload is restarted, and the reason says so', async () => {
    await box.put('/etc/init.d/web', cannotReload, '755');
    const done = await target.run(await target.load([conf('1'), web]), next());
    expect(done.journal.find((line) => line.state === 'paid')?.reason).toBe('restarted, as it cannot reload');
    expect(await log()).toBe('restart\n');
  });

  test('starting a stopped service pays what it owed', async () => {
    await box.sh('rm /srv/up');
    const done = await target.run(await target.load([conf('1'), web]), next());
    expect(story(done).slice(-3)).toEqual(['started service:web', 'paid service:web', 'changed service:web']);
    expect(await log()).toBe('start\n');
  });

  test('a debt whose service left the bundle stays and is shown', async () => {
    const failed = [conf('1'), web, command('fails', 'false', { always: true })];
    await target.run(await target.load(failed), next());
    const without = await target.run(await target.load([file('/etc/other', { content: 'x' })]), next());
    expect(ending(without)).toBe('ok');
    expect((await target.status()).debts).toEqual(['reload service:web']);
    expect(await log()).toBe('');
  });
});
