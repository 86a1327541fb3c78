import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { cancelArgv, confirmArgv, followArgv, journalFailure, startArgv } from '../../../src/bundle/index.js';
import { type Box, openBox, type Result } from './box.js';
import { command, file, reload, service } from './resources.js';
import {
  ending,
  makeTarget,
  type Packed,
  type RunResult,
  readJournal,
  story,
  type Target,
} from './target.js';

/** A service that writes down what it was told and what its file said then; it fails while that says `bad`. */
const script = `#!/bin/sh
case "$1" in
  status) [ -e /srv/up ]; exit ;;
  stop) rm -f /srv/up ;;
  start|restart|reload) echo "$1 $(cat /etc/net.conf)" >>/srv/log; touch /srv/up; [ "$(cat /etc/net.conf)" != bad ] ;;
esac
`;
const id = 'file:/etc/net.conf';
const step = (journal: RunResult['journal']): string[] =>
  story({ journal }).filter((line) => line.endsWith(id) || line.startsWith('paid'));

/** Windows are long enough for what a test does in them, and short where it waits for their end. */
const within =
  (seconds: number) =>
  (runner: string): string =>
    runner
      .replace(/^deadman_window=.*$/m, `deadman_window=${seconds}`)
      .replace(/^deadman_patience=.*$/m, 'deadman_patience=2000');

describe.each(['busybox', 'debian'] as const)('a risky step on %s', (kind) => {
  let box: Box;
  /** Of a window that is never over, one that a few commands fit in, and a short one. */
  let target: Target;
  let some: Target;
  let short: Target;
  let packed: Packed;
  let runs = 0;
  const hooks = '/etc/init.d/*millwright-deadman /etc/rc?.d/*millwright-deadman';
  beforeAll(async () => {
    box = await openBox(kind);
    if (kind === 'busybox') await box.put('/etc/init.d/rcS', '#!/bin/sh\n', '755');
    target = await makeTarget(box, within(120));
    some = await makeTarget(box, within(8));
    short = await makeTarget(box, within(2));
  });
  afterAll(() => box.close());
  beforeEach(async () => {
    await box.put('/etc/init.d/net', script, '755');
    await box.sh('rm -rf /srv/* /etc/after; mkdir -p /srv; touch /srv/up; printf old >/etc/net.conf');
    // A run collects bundles that no run before it applied.
    packed = await load('new');
  });

  const load = (content: string): Promise<Packed> =>
    target.load([
      file('/etc/net.conf', { content, notify: [reload('net')], risky: true }),
      file('/etc/after', { content: 'x' }),
      service('net'),
    ]);
  const next = (): string => `r/m/apply/${++runs}`;
  const key = (run: string): string => run.replaceAll('/', '+');
  const until = (run: string, text: string): Promise<string> =>
    box.sh(`until grep -q '${text}' /run/millwright/runs/${key(run)}/journal; do sleep 0.1; done`);
  const armed = (run: string): Promise<string> => until(run, '"state":"armed"');
  const confirm = (run: string): Promise<Result> => box.exec(confirmArgv(target.runner, run, id));
  const killRun = (signal = 'KILL'): Promise<string> =>
    box.sh(`read -r pid rest </run/millwright/lock; kill -${signal} "$pid"`);
  const begin = async (run: string, { runner } = target): Promise<void> => {
    const { head } = await target.status();
    const { bundle, bytes } = packed;
    const more = { purpose: 'apply', expect: head, instance: 'box' } as const;
    const { code, stdout } = await box.exec(startArgv({ runner, run, bundle: bundle.id, bytes, ...more }));
    if (code !== 0) throw new Error(stdout);
  };
  const settled = (): Promise<string> =>
    box.sh('while [ -e /var/lib/millwright/deadman ]; do sleep 0.1; done');
  const follow = async (run: string): Promise<RunResult['journal']> =>
    readJournal((await box.exec(followArgv(target.runner, run))).stdout);
  const conf = (): Promise<string> => box.sh('cat /etc/net.conf');
  const log = (): Promise<string> => box.sh('cat /srv/log');
  /** What init does at boot. */
  const init = (): Promise<string> =>
    box.sh(
      kind === 'busybox'
        ? '/etc/init.d/S99millwright-deadman start'
        : 'for link in /etc/rc2.d/S*millwright-deadman; do "$link" start; done',
    );
  const expectClean = async (): Promise<void> => {
    expect(
      await box.sh(
        `ls -d ${hooks} /var/lib/millwright/d*ad* /var/lib/millwright/decided* 2>/dev/null || true`,
      ),
    ).toBe('');
    expect((await target.status()).active).toBeNull();
  };
  const takenBack = ['started', 'paid', 'armed', 'paid', 'failed'];
  const words = (lines: readonly string[]): string[] =>
    lines.map((line) => line.split(' ')[0] as string).filter((word) => word !== 'owed');
  const expectTakenBack = async (journal: RunResult['journal'], seen = takenBack): Promise<void> => {
    expect(words(step(journal))).toEqual(seen);
    expect(ending({ journal })).toBe('failed');
    expect(journalFailure(journal)).toMatchObject({
      ...{ code: 'MW-STEP-UNCONFIRMED', cause: 'change', step: id },
      message: expect.stringMatching(/within [28] s/),
    });
    expect(await conf()).toBe('old');
    expect(await log()).toMatch(/reload old\n$/);
    expect(await box.sh('ls /etc/after 2>/dev/null || echo none')).toBe('none\n');
    expect((await target.status()).debts).toEqual([]);
    await expectClean();
  };

  test('stays when a new connection confirms it, and then the run goes on', async () => {
    const run = next();
    const running = target.run(packed, run);
    await armed(run);
    expect(await box.sh(`ls -d ${hooks} 2>/dev/null | head -n 1`)).not.toBe('');
    expect(await confirm(run)).toMatchObject({ code: 0, stdout: '{"v":1,"confirm":"confirmed"}\n' });
    const { journal } = await running;
    expect(words(step(journal))).toEqual(['started', 'paid', 'armed', 'confirmed', 'changed']);
    expect(journal.find((line) => line.state === 'armed')?.withinSeconds).toBeGreaterThan(8);
    expect(ending({ journal })).toBe('ok');
    expect([await conf(), await log()]).toEqual(['new', 'reload new\n']);
    expect(await confirm(run)).toMatchObject({ code: 0, stdout: '{"v":1,"confirm":"confirmed"}\n' });
    await expectClean();
  });

  test('takes itself back when nobody confirms, and what it notified hears of the old version again', async () => {
    const run = next();
    const { journal } = await short.run(packed, run);
    await expectTakenBack(journal);
    expect(await log()).toBe('reload new\nreload old\n');
    expect(await confirm(run)).toMatchObject({ code: 23, stdout: '{"v":1,"confirm":"undone"}\n' });
    expect((await confirm('r/m/apply/999')).stdout).toBe('{"v":1,"confirm":"not-armed"}\n');
  });

  test('that already is as wanted arms nothing', async () => {
    await box.sh('printf new >/etc/net.conf');
    const { journal } = await target.run(packed, next());
    expect(step(journal)).toEqual([`ok ${id}`]);
  });

  test('is taken back at once when what it notifies fails with it', async () => {
    const { journal } = await target.run(await load('bad'), next());
    expect(words(step(journal))).toEqual(['started', 'paid', 'failed']);
    expect(journalFailure(journal)).toMatchObject({ code: 'MW-SERVICE-INACTIVE', step: id });
    expect([await conf(), await log()]).toEqual(['old', 'reload bad\nreload old\n']);
    await expectClean();
  });

  test('that fails by itself says why, leaves the old version and waits for nobody', async () => {
    const refused = await target.load([
      file('/etc/net.conf', { content: 'new', validate: 'false', risky: true }),
    ]);
    const { journal } = await target.run(refused, next());
    expect(words(step(journal))).toEqual(['started', 'failed']);
    expect(journalFailure(journal)).toMatchObject({ code: 'MW-CHANGE-VALIDATE', step: id });
    expect(await conf()).toBe('old');
    await expectClean();
  });

  test('that was taken back is not done again, though its run died before it could end', async () => {
    const run = next();
    await short.run(packed, run);
    await box.sh(
      `cd /run/millwright/runs/${key(run)} && sed -i '$d' journal && rm ended /var/lib/millwright/runs/${key(run)}/ended`,
    );
    const again = await short.run(packed, run);
    expect(words(step(again.journal))).toEqual([...takenBack, 'started', 'failed']);
    expect(journalFailure(again.journal)?.code).toBe('MW-STEP-UNCONFIRMED');
    expect(await conf()).toBe('old');
  });

  test('is taken back though its run was killed, and a later start sees that', async () => {
    const run = next();
    await begin(run, some);
    await armed(run);
    await killRun();
    expect((await target.status()).active).toBe(run);
    await settled();
    await expectTakenBack(await follow(run));
    const again = await target.run(packed, run, { expect: null });
    expect(again.answer).toMatchObject({ start: 'attached', active: false });
    await expectTakenBack(again.journal);
  });

  test('is taken back though its run hangs', async () => {
    const run = next();
    await begin(run, some);
    await armed(run);
    await killRun('STOP');
    await settled();
    await expectTakenBack(await follow(run));
  });

  test('waits on when its run was killed and is started again', async () => {
    const run = next();
    await begin(run);
    await armed(run);
    await killRun();
    const again = target.run(packed, run);
    await until(run, '"run-started".*');
    await box.sh(
      `until [ "$(grep -c '"armed"' /run/millwright/runs/${key(run)}/journal)" = 2 ]; do sleep 0.1; done`,
    );
    expect((await confirm(run)).code).toBe(0);
    const { journal } = await again;
    expect(words(step(journal))).toEqual(['started', 'paid', 'armed', 'armed', 'confirmed', 'changed', 'ok']);
    expect(ending({ journal })).toBe('ok');
    expect(await conf()).toBe('new');
    await expectClean();
  });

  test('stays when it is confirmed while its run is dead', async () => {
    const run = next();
    await begin(run);
    await armed(run);
    await killRun();
    expect((await confirm(run)).code).toBe(0);
    await settled();
    const { journal } = await target.run(packed, run);
    expect(words(step(journal))).toEqual(['started', 'paid', 'armed', 'confirmed', 'changed', 'ok']);
    expect(ending({ journal })).toBe('ok');
    await expectClean();
  });

  test('keeps other runs off until it is settled, whoever was killed', async () => {
    const run = next();
    await begin(run, some);
    await armed(run);
    await killRun();
    await box.sh(
      `for pid in $(ps ${kind === 'busybox' ? '' : '-eo pid,args'} | grep '[.]sh deadman' | awk '{print $1}'); do kill -KILL "$pid"; done`,
    );
    const other = await some.run(packed, next());
    expect(other.answer).toMatchObject({ start: 'refused', reason: 'busy', active: run });
    await settled();
    await expectTakenBack(await follow(run));
  });

  test('is taken back after a reboot when nobody confirms then', async () => {
    const run = next();
    await begin(run, some);
    await armed(run);
    await box.reboot();
    await init();
    await settled();
    await expectTakenBack(await follow(run), ['started', 'paid', 'armed', 'paid', 'failed']);
  });

  test('waits on after a reboot, with a new window, when its run is started again', async () => {
    const run = next();
    await begin(run);
    await armed(run);
    await box.reboot();
    await init();
    const again = target.run(packed, run);
    await until(run, '"run-started".*');
    await box.sh(
      `until [ "$(grep -c '"armed"' /run/millwright/runs/${key(run)}/journal)" = 2 ]; do sleep 0.1; done`,
    );
    expect((await confirm(run)).code).toBe(0);
    const { journal } = await again;
    expect(ending({ journal })).toBe('ok');
    expect(await conf()).toBe('new');
    await expectClean();
  });

  test('that was killed while it acted is taken back, and acts anew when the run goes on', async () => {
    const run = next();
    await box.put(
      '/etc/init.d/net',
      script.replace('touch /srv/up;', 'touch /srv/up; [ -e /srv/go ] || sleep 60;'),
      '755',
    );
    await begin(run);
    await box.sh('until [ -e /srv/log ]; do sleep 0.1; done; touch /srv/go');
    await killRun();
    await settled();
    expect([await conf(), await log()]).toEqual(['old', 'reload new\nreload old\n']);
    const again = target.run(packed, run);
    await armed(run);
    expect((await confirm(run)).code).toBe(0);
    const { journal } = await again;
    expect(ending({ journal })).toBe('ok');
    expect(await conf()).toBe('new');
    await expectClean();
  });

  test('that can no longer be taken back says so, and keeps nobody off', async () => {
    const run = next();
    const hangs = script.replace('touch /srv/up;', 'touch /srv/up; sleep 60;');
    await box.put('/etc/init.d/net', hangs, '755');
    await begin(run);
    await box.sh('until [ -e /srv/log ]; do sleep 0.1; done; rm -rf /var/lib/millwright/preimages/*/001.old');
    await box.put('/etc/init.d/net', script, '755');
    await killRun();
    await settled();
    const journal = await follow(run);
    expect(journalFailure(journal)).toMatchObject({
      ...{ code: 'MW-STEP-UNCONFIRMED', step: id },
      message: expect.stringContaining('cannot be taken back: the old /etc/net.conf cannot be put back'),
    });
    expect(ending({ journal })).toBe('failed');
    await expectClean();
  });

  test('is taken back when its run is cancelled, alive or dead', async () => {
    for (const dead of [false, true]) {
      const run = next();
      await begin(run);
      await armed(run);
      if (dead) await killRun();
      expect((await box.exec(cancelArgv(target.runner, run))).stdout).toBe('{"v":1,"cancel":"ended"}\n');
      const journal = await follow(run);
      expect(words(step(journal))).toEqual(['started', 'paid', 'armed', 'paid', 'interrupted']);
      expect(ending({ journal })).toBe('cancelled');
      expect([await conf(), await log()]).toEqual(['old', 'reload new\nreload old\n']);
      expect((await confirm(run)).code).toBe(23);
      await expectClean();
      await box.sh('rm /srv/log');
    }
  });

  test('never acts where nothing could take it back', async () => {
    const unable = command('cut', 'touch /srv/cut', { creates: '/srv/cut', risky: true });
    const none = await target.run(await target.load([unable]), next());
    expect(journalFailure(none.journal)).toMatchObject({
      code: 'MW-STEP-NODEADMAN',
      cause: 'change',
      step: 'command:cut',
    });
    expect(await box.sh('ls /srv/cut 2>/dev/null || echo none')).toBe('none\n');
    await box.sh(
      kind === 'busybox' ? 'chmod 644 /etc/init.d/rcS' : 'mv /usr/sbin/update-rc.d /usr/sbin/update-rc.away',
    );
    const { journal } = await target.run(packed, next());
    await box.sh(
      kind === 'busybox' ? 'chmod 755 /etc/init.d/rcS' : 'mv /usr/sbin/update-rc.away /usr/sbin/update-rc.d',
    );
    expect(words(step(journal))).toEqual(['started', 'failed']);
    expect(journalFailure(journal)?.code).toBe('MW-STEP-NODEADMAN');
    expect(await conf()).toBe('old');
    await expectClean();
  });
});

describe('a risky step under systemd', () => {
  let box: Box;
  let target: Target;
  const unit = '/etc/systemd/system/millwright-deadman.service';
  const wanted = '/etc/systemd/system/multi-user.target.wants/millwright-deadman.service';
  beforeAll(async () => {
    box = await openBox('systemd');
    target = await makeTarget(box, within(8));
    await box.put(
      '/etc/systemd/system/mw-net.service',
      '[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/true\nExecReload=/bin/sh -c "cat /etc/net.conf >>/srv/log"\n',
      '644',
    );
    await box.sh(
      'mkdir -p /srv; until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done; systemctl start mw-net',
    );
  });
  afterAll(() => box.close());
  beforeEach(() => box.sh('echo old >/etc/net.conf; rm -f /srv/log'));

  const begin = async (run: string): Promise<void> => {
    const { bundle, bytes } = await target.load([
      file('/etc/net.conf', { content: 'new\n', notify: [reload('mw-net')], risky: true }),
      service('mw-net', { settleMs: 0 }),
    ]);
    const { head } = await target.status();
    const more = { purpose: 'apply', expect: head, instance: 'box' } as const;
    await box.exec(startArgv({ runner: target.runner, run, bundle: bundle.id, bytes, ...more }));
    await box.sh(
      `until grep -q '"armed"' /run/millwright/runs/${run.replaceAll('/', '+')}/journal; do sleep 0.1; done`,
    );
  };
  const settled = (): Promise<string> =>
    box.sh('while [ -e /var/lib/millwright/deadman ]; do sleep 0.1; done');
  const state = async (): Promise<string> =>
    (await box.exec(['systemctl', 'is-active', 'millwright-deadman'])).stdout.trim();

  test('has a unit for its watcher that no session takes with it, and none when it is settled', async () => {
    await begin('s/m/apply/1');
    expect(await state()).toBe('active');
    expect(await box.sh(`readlink ${wanted}`)).toBe(`${unit}\n`);
    await box.sh('read -r pid rest </run/millwright/lock; kill -KILL "$pid"');
    await settled();
    expect(await box.sh('cat /etc/net.conf /srv/log')).toBe('old\nnew\nold\n');
    expect(await box.sh(`ls ${unit} ${wanted} 2>/dev/null || true`)).toBe('');
    await box.sh('while systemctl is-active --quiet millwright-deadman; do sleep 0.1; done');
  });

  test('leaves a unit that takes it back at the next boot', async () => {
    await begin('s/m/apply/2');
    await box.reboot();
    await box.sh('until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done; systemctl start mw-net');
    // The box boots to basic.target only, and without what was enabled.
    await box.sh('systemctl start millwright-deadman');
    await settled();
    expect(await box.sh('cat /etc/net.conf /srv/log')).toBe('old\nnew\nold\n');
    const journal = readJournal((await box.exec(followArgv(target.runner, 's/m/apply/2'))).stdout);
    expect(journalFailure(journal)?.code).toBe('MW-STEP-UNCONFIRMED');
  });
});
