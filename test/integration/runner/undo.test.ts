import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundlePath, journalCounts, journalFailure, journalToReceipts } from '../../../src/bundle/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { type Box, openBox } from './box.js';
import { command, file, hosts, link, service, user } from './resources.js';
import { ending, makeTarget, type Packed, type RunResult, story, type Target } from './target.js';

const script = `#!/bin/sh
### BEGIN INIT INFO
# Provides: web
# Required-Start:
# Required-Stop:
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
case "$1" in status) [ -e /srv/up ] ;; start) touch /srv/up ;; stop) rm -f /srv/up ;; esac
`;

describe.each(['busybox', 'debian'] as const)('what a rollback takes back on %s', (kind) => {
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
    change = `u${++changes}`;
    await box.sh('rm -rf /srv/t; mkdir -p /srv/t');
  });

  const apply = (packed: Packed, n = 1): Promise<RunResult> => target.run(packed, `${change}/m/apply/${n}`);
  const rollback = (to: Packed, from: Packed, n = 1): Promise<RunResult> =>
    target.run(to, `${change}/m/rollback/${n}`, {
      purpose: 'rollback',
      undo: { change, bytes: from.bytes },
    });
  /** Applies resources, takes them back to a bundle of nothing, and gives the rollback. */
  const thereAndBack = async (...resources: Resource[]): Promise<RunResult> => {
    const bad = await target.load(resources);
    expect(ending(await apply(bad))).toBe('ok');
    return rollback(await target.load([]), bad);
  };
  const undone = ({ journal }: RunResult): (string | undefined)[] =>
    journal.filter(({ state }) => state === 'undone').map(({ reason }) => reason);

  test('old bytes, owner and mode of a file are back', async () => {
    await box.sh(
      'printf "old\\0bytes" >/srv/t/f; chmod 4604 /srv/t/f; chown 12:34 /srv/t/f; chmod 4604 /srv/t/f',
    );
    const before = await box.sh('sha256sum /srv/t/f; stat -c "%a %u %g" /srv/t/f');
    const back = await thereAndBack(file('/srv/t/f', { content: 'new', owner: 'root:0', mode: '0600' }));
    expect(undone(back)).toEqual(['the old /srv/t/f is back']);
    expect(await box.sh('sha256sum /srv/t/f; stat -c "%a %u %g" /srv/t/f; ls -A /srv/t')).toBe(
      `${before}f\n`,
    );
    expect(ending(back)).toBe('ok');
  });

  test('an added file is gone, a removed one is there again, a link points to where it pointed', async () => {
    await box.sh(
      'echo gone >/srv/t/removed; chmod 640 /srv/t/removed; ln -s nowhere /srv/t/link; ln -s x /srv/t/unlinked',
    );
    const back = await thereAndBack(
      file('/srv/t/added', { content: 'x' }),
      file('/srv/t/removed', { absent: true }),
      link('/srv/t/link', { to: '/etc/hosts' }),
      link('/srv/t/new', { to: '/etc/hosts' }),
      link('/srv/t/unlinked', { absent: true }),
    );
    expect(story(back).filter((line) => line.startsWith('undone'))).toEqual([
      ...['undone link:/srv/t/unlinked', 'undone link:/srv/t/new', 'undone link:/srv/t/link'],
      ...['undone file:/srv/t/removed', 'undone file:/srv/t/added'],
    ]);
    expect(
      await box.sh('cd /srv/t; ls -A; cat removed; stat -c %a removed; readlink link; readlink unlinked'),
    ).toBe('link\nremoved\nunlinked\ngone\n640\nnowhere\nx\n');
  });

  test('a followed link stays a link, and what it points to is as it was', async () => {
    await box.sh('echo old >/srv/t/real; ln -s real /srv/t/sym');
    await thereAndBack(file('/srv/t/sym', { content: 'new', follow: true }));
    expect(await box.sh('cat /srv/t/real; readlink /srv/t/sym')).toBe('old\nreal\n');
  });

  test('/etc/hosts is as it was, down to its owner', async () => {
    await box.sh('cp /etc/hosts /srv/t/hosts; printf "1.2.3.4 mine" >>/etc/hosts; chmod 604 /etc/hosts');
    const before = await box.sh('sha256sum /etc/hosts; stat -c %a /etc/hosts');
    await thereAndBack(hosts([{ address: '10.0.0.1', names: ['db-1'] }]));
    expect(await box.sh('sha256sum /etc/hosts; stat -c %a /etc/hosts')).toBe(before);
  });

  test('names that are hostile are plain names', async () => {
    const names = ["it's", '$(touch pwned)', '-rf', 'a  b', 'ä日', '`id`', 'x\\y', '*', '{new}'];
    for (const name of names) await box.put(`/srv/t/${name}`, `old ${name}`, '640');
    const before = await box.sh(
      'cd /srv/t; sha256sum ./*; ls -la --full-time 2>/dev/null | grep -v " \\.$" || ls -lA',
    );
    await thereAndBack(...names.map((name) => file(`/srv/t/${name}`, { content: 'new' })));
    expect(
      await box.sh('cd /srv/t; sha256sum ./*; ls -la --full-time 2>/dev/null | grep -v " \\.$" || ls -lA'),
    ).toBe(before);
  });

  test('a file that became a directory since is not touched: the rollback fails by name and keeps its word', async () => {
    const bad = await target.load([file('/srv/t/a', { content: 'x' }), file('/srv/t/b', { content: 'x' })]);
    await apply(bad);
    await box.sh('rm /srv/t/b; mkdir /srv/t/b; touch /srv/t/b/precious');
    const back = await rollback(await target.load([file('/srv/t/c', { content: 'c' })]), bad);
    expect(journalFailure(back.journal)).toMatchObject({
      ...{ code: 'MW-ROLLBACK-UNDO', cause: 'change', step: 'file:/srv/t/b' },
      message: '/srv/t/b cannot be removed',
    });
    expect(ending(back)).toBe('failed');
    expect(await box.sh('ls /srv/t /srv/t/b')).toBe('/srv/t:\na\nb\n\n/srv/t/b:\nprecious\n');
    await box.sh('rm -r /srv/t/b');
    expect(ending(await rollback(await target.load([file('/srv/t/c', { content: 'c' })]), bad, 2))).toBe(
      'ok',
    );
    expect(await box.sh('ls /srv/t')).toBe('c\n');
  });

  test('a new version that was never validated leaves nothing behind', async () => {
    await box.sh('echo old >/srv/t/conf');
    const wait = 'touch /srv/t/waits; until [ -e /srv/t/go ]; do sleep 0.1; done';
    const bad = await target.load([file('/srv/t/conf', { content: 'bad', validate: wait })]);
    const running = apply(bad);
    await box.sh(
      'until [ -e /srv/t/waits ]; do sleep 0.1; done; read -r pid rest </run/millwright/lock; kill -KILL "$pid"',
    );
    await running;
    expect(await box.sh('cat /srv/t/conf')).toBe('bad');
    const back = await rollback(await target.load([]), bad);
    expect(ending(back)).toBe('ok');
    expect(await box.sh('cat /srv/t/conf; ls /var/lib/millwright/unproved')).toBe('old\n');
  });

  test('a user that was not there is gone and its home stays', async () => {
    const back = await thereAndBack(user('temp', { keys: ['ssh-ed25519 AAAA temp'], groups: [] }));
    expect(undone(back)).toEqual(['removed; /home/temp stays']);
    expect(await box.sh('grep ^temp: /etc/passwd || echo none; cat /home/temp/.ssh/authorized_keys')).toBe(
      'none\nssh-ed25519 AAAA temp\n',
    );
  });

  test('shell, groups and keys of a user that was there are back, and a removed one too', async () => {
    const group = kind === 'busybox' ? 'wheel' : 'games';
    const old = user('kept', { keys: ['ssh-ed25519 AAAA old'], shell: '/bin/sh' });
    await target.run(await target.load([old, user('left')]), `${change}0/m/apply/1`);
    await box.sh('grep -q ^kept: /etc/shadow && sed -i "s/^left:[^:]*:/left:secret:/" /etc/shadow');
    const lines =
      'cat /etc/passwd /etc/shadow /etc/group | grep -E "kept|left" | sort; cat /home/kept/.ssh/authorized_keys';
    const before = await box.sh(lines);
    await box.sh('[ -x /bin/other ] || { cp /bin/sh /bin/other && chmod 755 /bin/other; }');
    const back = await thereAndBack(
      user('kept', { keys: ['ssh-ed25519 AAAA new'], shell: '/bin/other', groups: [group] }),
      user('left', { absent: true }),
    );
    expect(journalFailure(back.journal)).toBeUndefined();
    expect(await box.sh(lines)).toBe(before);
  });

  test('a service runs and starts at boot as before', async () => {
    await box.put('/etc/init.d/web', script, '755');
    await box.sh('rm -f /srv/up; touch /etc/init.d/rcS; chmod 755 /etc/init.d/rcS');
    const links = 'ls /etc/init.d/S* /etc/rc?.d/S*web 2>/dev/null || true';
    const before = await box.sh(links);
    const back = await thereAndBack(service('web', { enabled: true }));
    expect(undone(back)).toEqual(['disabled, stopped, as before']);
    expect(await box.sh(`${links}; ls /srv/up 2>/dev/null || echo stopped`)).toBe(`${before}stopped\n`);
  });

  test('a command that acted refuses before anything is undone and before head moves', async () => {
    const bad = await target.load([
      file('/srv/t/f', { content: 'x' }),
      command('migrate', 'touch /srv/t/migrated', { always: true }),
      command('guarded', 'touch /srv/t/guarded', { creates: '/srv/t/guarded' }),
    ]);
    await apply(bad);
    const { head } = await target.status();
    const { answer, code } = await rollback(await target.load([]), bad);
    expect({ answer, code }).toEqual({
      answer: {
        ...{ start: 'failed', code: 'MW-ROLLBACK-NOUNDO' },
        reason: 'cannot be undone: command:guarded, command:migrate; nothing was taken back',
      },
      code: 15,
    });
    expect(await box.sh('ls /srv/t')).toBe('f\nguarded\nmigrated\n');
    expect((await target.status()).head).toEqual(head);
  });

  test('a command whose guard held never acted and hinders nothing', async () => {
    const back = await thereAndBack(
      file('/srv/t/f', { content: 'x' }),
      command('guarded', 'false', { unless: 'true' }),
    );
    expect(ending(back)).toBe('ok');
    expect(await box.sh('ls -A /srv/t')).toBe('');
  });

  test('receipts and counts say what was taken back', async () => {
    const good = await target.load([file('/srv/t/f', { content: 'good' })]);
    await target.run(good, `${change}0/m/apply/1`);
    const bad = await target.load([
      file('/srv/t/f', { content: 'bad' }),
      file('/srv/t/g', { content: 'bad' }),
    ]);
    await apply(bad);
    const { journal } = await rollback(good, bad);
    expect(journalToReceipts(journal).map(({ step, state }) => `${state} ${step}`)).toEqual([
      'undone file:/srv/t/g',
      'undone file:/srv/t/f',
    ]);
    expect(journalCounts(journal, ['file:/srv/t/f'])).toMatchObject({ changed: 2, ok: 0, notReached: 0 });
  });

  test('a step whose old version cannot be saved is not done', async () => {
    await box.sh('echo old >/srv/t/f; mount -t tmpfs -o size=16k none /var/lib/millwright/preimages');
    await box.sh('head -c 16000 /dev/zero >/var/lib/millwright/preimages/full || true');
    const failed = await apply(await target.load([file('/srv/t/f', { content: 'new' })]));
    await box.sh('umount /var/lib/millwright/preimages');
    expect(journalFailure(failed.journal)).toMatchObject({ code: 'MW-MACHINE-STATE', step: 'file:/srv/t/f' });
    expect(await box.sh('cat /srv/t/f')).toBe('old\n');
  });

  test('a bundle that is not the one whose steps they were is refused', async () => {
    const bad = await target.load([file('/srv/t/f', { content: 'x' })]);
    await apply(bad);
    const other = await target.load([file('/srv/t/f', { content: 'y' })]);
    const back = await rollback(await target.load([]), other);
    expect(journalFailure(back.journal)).toMatchObject({ code: 'MW-ROLLBACK-UNDO', step: 'file:/srv/t/f' });
    expect(await box.sh('cat /srv/t/f')).toBe('x');
  });

  test('the bundle that is taken back is asked for by name', async () => {
    const bad = await target.load([file('/srv/t/f', { content: 'x' })]);
    await apply(bad);
    await box.sh(`rm ${bundlePath(bad.bytes)}; rm -r /run/millwright/bundles/${bad.bytes}`);
    const { answer, code } = await rollback(await target.load([]), bad);
    expect({ answer, code }).toEqual({ answer: { start: 'lacking', what: 'undo' }, code: 12 });
  });
});
