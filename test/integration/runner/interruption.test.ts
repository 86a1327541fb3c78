import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { followArgv, journalFailure, startArgv } from '../../../src/bundle/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { type Box, openBox } from './box.js';
import { command, file, link, user } from './resources.js';
import { ending, makeTarget, type Packed, readJournal, type Target } from './target.js';

/** Twenty steps of several types; the tenth lasts until /tmp/go is there. */
const steps: readonly Resource[] = [
  user('app', { home: '/home/app', shell: '/bin/sh' }),
  ...[1, 2, 3, 4, 5].map((n) => file(`/srv/run/${n}`, { content: `${n}\n`.repeat(n * 500), mode: '0640' })),
  ...[1, 2, 3].map((n) => link(`/srv/run/link${n}`, { to: String(n) })),
  command('waits', 'touch /tmp/began; until [ -e /tmp/go ]; do sleep 0.1; done; touch /srv/run/waited', {
    creates: '/srv/run/waited',
  }),
  ...[6, 7, 8, 9, 10, 11].map((n) => file(`/srv/run/${n}`, { content: `${n}\n`.repeat(n * 500) })),
  ...[4, 5].map((n) => link(`/srv/run/link${n}`, { to: String(n) })),
  ...[1, 2].map((n) =>
    command(`makes ${n}`, `echo ${n} >/srv/run/made${n}`, { creates: `/srv/run/made${n}` }),
  ),
];

/** Names, modes, owners, where links lead, and contents: all that the twenty steps are about. */
const state = `cd /srv/run && ls -ln | awk '{ print $1, $3, $4, $9, $10, $11 }' | sed 's/^\\(.*\\)[.+] /\\1 /'
  sha256sum [0-9]* made*; grep '^app:' /etc/passwd | cut -d: -f6,7`;

describe.each(['busybox', 'debian'] as const)('a run of twenty steps on %s', (kind) => {
  let box: Box;
  let target: Target;
  let packed: Packed;
  let wanted: string;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox(kind);
    target = await makeTarget(box);
    await box.sh('mkdir -p /srv/run; mount -t tmpfs -o size=1m run /srv/run; touch /tmp/go');
    expect(steps).toHaveLength(20);
    packed = await target.load(steps);
    const whole = await target.run(packed, 'whole/m/apply/1');
    expect(ending(whole)).toBe('ok');
    wanted = await box.sh(state);
  });
  afterAll(() => box.close());

  const begin = async (): Promise<string> => {
    await box.sh(
      'rm -rf /srv/run/* /tmp/go /tmp/began; sed -i /^app:/d /etc/passwd /etc/group /etc/shadow; rm -rf /home/app',
    );
    const run = `i${++runs}/m/apply/1`;
    const { head } = await target.status();
    const { bundle, bytes } = packed;
    const order = { purpose: 'apply', expect: head, instance: 'box' } as const;
    await box.exec(startArgv({ runner: target.runner, run, bundle: bundle.id, bytes, ...order }));
    await box.sh('until [ -e /tmp/began ]; do sleep 0.1; done');
    return run;
  };
  const goOn = async (run: string): Promise<void> => {
    await box.sh('touch /tmp/go');
    expect(ending(await target.run(packed, run))).toBe('ok');
  };

  test('comes to the same end after its runner was killed', async () => {
    const run = await begin();
    await box.sh('read -r pid rest </run/millwright/lock; kill -KILL "$pid"');
    await goOn(run);
    expect(await box.sh(state)).toBe(wanted);
  });

  test('comes to the same end when whoever followed it is cut off', async () => {
    const run = await begin();
    const cut = box.exec(['timeout', '1', ...followArgv(target.runner, run)]);
    expect((await cut).code).not.toBe(0);
    await box.sh('touch /tmp/go');
    const again = await box.exec(followArgv(target.runner, run));
    expect(ending({ journal: readJournal(again.stdout) })).toBe('ok');
    expect(await box.sh(state)).toBe(wanted);
  });

  test('tells that the disk is full, and comes to the same end once it is not', async () => {
    const run = await begin();
    await box.sh('dd if=/dev/zero of=/srv/run/fill bs=4k 2>/dev/null || true; touch /tmp/go');
    const full = await target.run(packed, run, { expect: null });
    expect(journalFailure(full.journal)).toMatchObject({ code: 'MW-MACHINE-SPACE', cause: 'machine' });
    await box.sh('rm /srv/run/fill');
    await goOn(`${run.split('/')[0]}/m/apply/2`);
    expect(await box.sh(state)).toBe(wanted);
  });

  test('tells that the file system is read-only, and comes to the same end once it is not', async () => {
    const run = await begin();
    await box.sh('touch /srv/run/waited; mount -o remount,ro /srv/run; touch /tmp/go');
    const fixed = await target.run(packed, run, { expect: null });
    expect(journalFailure(fixed.journal)).toMatchObject({ code: 'MW-MACHINE-READONLY', cause: 'machine' });
    await box.sh('mount -o remount,rw /srv/run');
    await goOn(`${run.split('/')[0]}/m/apply/2`);
    expect(await box.sh(state)).toBe(wanted);
  });

  test('comes to the same end after power was lost', async () => {
    const run = await begin();
    await box.sh('cp -a /srv/run /srv/kept');
    await box.reboot();
    await box.sh('mount -t tmpfs -o size=1m run /srv/run; cp -a /srv/kept/. /srv/run');
    await goOn(run);
    expect(await box.sh(state)).toBe(wanted);
  });
});
