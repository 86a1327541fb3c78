import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePath, bundleTar, journalFailure } from '../../../src/bundle/index.js';
import type { Resource } from '../../../src/resources/index.js';
import type { ResolvedRepository } from '../../../src/resources/repository.js';
import { type Box, openBox } from './box.js';
import { aptPackage } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

/** A package repository of our own in a folder: nothing is fetched. */
const repository = `set -e
rm -rf /srv/repo /srv/build; mkdir -p /srv/repo /srv/build
make() {
  mkdir -p "/srv/build/$1-$2/DEBIAN" "/srv/build/$1-$2/etc"
  printf 'Package: %s\\nVersion: %s\\nArchitecture: all\\nMaintainer: test <test@example>\\nDescription: test\\n%s' "$1" "$2" "$3" \\
    >"/srv/build/$1-$2/DEBIAN/control"
  printf '/etc/%s.conf\\n' "$1" >"/srv/build/$1-$2/DEBIAN/conffiles"
  echo "$2" >"/srv/build/$1-$2/etc/$1.conf"
  dpkg-deb --root-owner-group -b "/srv/build/$1-$2" "/srv/repo/$1_$2_all.deb" >/dev/null
}
make mw-one 1.0-1 ''
make mw-needs 1.0-1 'Depends: mw-one
'
index() {
  cd /srv/repo
  for deb in *.deb; do
    dpkg-deb -f "$deb"
    printf 'Filename: ./%s\\nSize: %s\\nSHA256: %s\\n\\n' "$deb" "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -c1-64)"
  done >Packages
}
index
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/repo ./' >/etc/apt/sources.list`;
const newer = `${repository.replace('index\nrm', "make mw-one 2.0-1 ''\nindex\nrm").replace(/\nrm -rf \/etc[^\n]*\n[^\n]*$/, '')}`;

/** Makes packages and the index, but declares nothing. */
const made = (...lines: string[]): string => {
  const functions = repository.slice(repository.indexOf('make()'), repository.indexOf('make mw-one'));
  const index = repository.slice(repository.indexOf('index() {'), repository.indexOf('\nindex\n'));
  return ['set -e', functions, ...lines, index, 'index'].join('\n');
};

describe('packages on debian', () => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox('debian');
    target = await makeTarget(box);
    await box.sh(repository);
  });
  afterAll(() => box.close());
  const next = (purpose = 'apply'): string => `p/m/${purpose}/${++runs}`;
  const installed = (): Promise<string> =>
    box.sh("dpkg-query -W -f '${Package} ${Version} ${db:Status-Abbrev}\\n' 'mw-*' 2>/dev/null || true");

  test('a missing package is installed from an index that is fetched once; then there is nothing to do', async () => {
    const packed = await target.load([aptPackage('mw-one'), aptPackage('mw-needs')]);
    const look = await target.run(packed, next('check'), { purpose: 'check' });
    expect(story(look)).toEqual(['differs package:mw-one', 'differs package:mw-needs']);
    const done = await target.run(packed, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(story(done).filter((line) => line.startsWith('changed'))).toEqual([
      'changed package:mw-one',
      'changed package:mw-needs',
    ]);
    expect(await installed()).toBe('mw-needs 1.0-1 ii \nmw-one 1.0-1 ii \n');
    const again = await target.run(packed, next());
    expect(again.journal.filter((line) => line.state === 'ok').map((line) => line.reason)).toEqual([
      '1.0-1 is installed',
      '1.0-1 is installed',
    ]);
  });

  test('a version that the index does not have yet makes it fetch anew, and local configuration stays', async () => {
    await box.sh('echo mine >/etc/mw-one.conf');
    await box.sh(newer);
    const packed = await target.load([aptPackage('mw-one', { version: '2.0-1' })]);
    const done = await target.run(packed, next());
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(ending(done)).toBe('ok');
    expect(await box.sh('cat /etc/mw-one.conf')).toBe('mine\n');
    expect(
      story(await target.run(await target.load([aptPackage('mw-one', { version: '2.*' })]), next())),
    ).toEqual(['ok package:mw-one']);
  });

  test('an older version is not put over a newer one', async () => {
    const done = await target.run(await target.load([aptPackage('mw-one', { version: '1.0-1' })]), next());
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-CHANGE-DOWNGRADE' });
  });

  test('what others need is not removed; what nobody needs is', async () => {
    const refused = await target.run(await target.load([aptPackage('mw-one', { absent: true })]), next());
    expect(journalFailure(refused.journal)).toMatchObject({ code: 'MW-MACHINE-PACKAGE' });
    const both = ['mw-needs', 'mw-one'].map((name) => aptPackage(name, { absent: true }));
    const done = await target.run(await target.load(both), next());
    expect(ending(done)).toBe('ok');
    expect(story(await target.run(await target.load(both), next()))).toEqual([
      'ok package:mw-needs',
      'ok package:mw-one',
    ]);
  });

  test('a rollback removes what was installed, installs what was removed, and says which version stays', async () => {
    const good = await target.load([]);
    const undo = async (change: string, bytes: string): Promise<(string | undefined)[]> => {
      const { bundle, bytes: to } = good;
      await box.put(bundlePath(to), bundleTar(bundle));
      const more = { purpose: 'rollback', undo: { change, bytes } } as const;
      const done = await target.run(good, `${change}/m/rollback/1`, more);
      expect(ending(done)).toBe('ok');
      return done.journal.filter(({ state }) => state === 'undone').map(({ reason }) => reason);
    };
    const change = async (name: string, ...resources: Resource[]): Promise<(string | undefined)[]> => {
      const packed = await target.load(resources);
      expect(journalFailure((await target.run(packed, `${name}/m/apply/1`)).journal)).toBeUndefined();
      return undo(name, packed.bytes);
    };
    expect(await change('pi', aptPackage('mw-one', { version: '1.0-1' }), aptPackage('mw-needs'))).toEqual([
      'removed; its configuration files stay, as do packages that came with it',
      'removed; its configuration files stay, as do packages that came with it',
    ]);
    expect(await installed()).not.toContain('ii');
    expect(await box.sh('cat /etc/mw-one.conf')).toBe('mine\n');
    await target.run(await target.load([aptPackage('mw-one', { version: '1.0-1' })]), next());
    expect(await change('pr', aptPackage('mw-one', { absent: true }))).toEqual(['1.0-1 is installed again']);
    expect(await change('pv', aptPackage('mw-one', { version: '2.0-1' }))).toEqual([
      'stays 2.0-1: packages are not put back to older versions (1.0-1)',
    ]);
    expect(await installed()).toContain('mw-one 2.0-1 ii');
  });

  test('a package that others need by now stays, and the rollback says so and goes on', async () => {
    await box.sh('dpkg -r mw-needs mw-one >/dev/null');
    const packed = await target.load([aptPackage('mw-one')]);
    await target.run(packed, 'pn/m/apply/1');
    await target.run(await target.load([aptPackage('mw-needs')]), 'po/m/apply/1');
    const good = await target.load([]);
    await box.put(bundlePath(packed.bytes), bundleTar(packed.bundle));
    const more = { purpose: 'rollback', undo: { change: 'pn', bytes: packed.bytes } } as const;
    const done = await target.run(good, 'pn/m/rollback/1', more);
    expect(done.journal.find(({ state }) => state === 'undone')).toMatchObject({
      ...{ reason: 'not undone: dpkg --remove mw-one exited 1' },
      output: expect.stringContaining('mw-needs depends on mw-one'),
    });
    expect(ending(done)).toBe('ok');
  });

  test('what is held stays through an upgrade, which names what is pending and cannot be undone', async () => {
    await box.sh(made("make mw-held 1.0-1 ''", "make mw-free 1.0-1 ''"));
    await box.sh(
      'rm -f /var/lib/millwright/index-updated; find /var/lib/apt/lists -exec touch -d 2020-01-01 {} +',
    );
    const held = aptPackage('mw-held', { hold: true });
    const wanted = await target.load([held, aptPackage('mw-free')]);
    expect(journalFailure((await target.run(wanted, 'ph/m/apply/1')).journal)).toBeUndefined();
    expect(await installed()).toContain('mw-held 1.0-1 hi');
    const again = await target.run(wanted, 'ph/m/apply/2');
    expect(again.journal.find(({ step }) => step === held.id)?.reason).toBe('1.0-1 is installed and held');

    await box.sh(`${made("make mw-held 2.0-1 ''", "make mw-free 2.0-1 ''")}; apt-get update -qq`);
    const all = {
      type: 'upgrade',
      id: 'upgrade:all',
      upgrade: 'all',
      refresh: 3_600_000,
      notify: [],
    } as const;
    const upgrade = await target.load([all]);
    const look = await target.run(upgrade, next('check'), { purpose: 'check' });
    expect(look.journal.find(({ step }) => step === all.id)).toMatchObject({
      ...{ state: 'differs', reason: '1 pending: mw-free' },
    });
    expect(journalFailure((await target.run(upgrade, 'pu/m/apply/1')).journal)).toBeUndefined();
    expect(await installed()).toContain('mw-free 2.0-1 ii \nmw-held 1.0-1 hi');
    expect(story(await target.run(upgrade, next()))).toEqual(['ok upgrade:all']);
    const back = { purpose: 'rollback', undo: { change: 'pu', bytes: upgrade.bytes } } as const;
    expect((await target.run(upgrade, 'pu/m/rollback/1', back)).answer).toMatchObject({
      ...{ start: 'failed', code: 'MW-ROLLBACK-NOUNDO' },
    });

    const free = await target.load([aptPackage('mw-held', { hold: false })]);
    expect(ending(await target.run(free, next()))).toBe('ok');
    expect(await installed()).toContain('mw-held 1.0-1 ii');
  });

  test('after a repository is declared, the next package comes from a fresh index', async () => {
    await box.sh(`mkdir -p /srv/more; ${made("make mw-more 1.0-1 ''").replaceAll('/srv/repo', '/srv/more')}`);
    const more: ResolvedRepository = {
      ...{ type: 'repository', id: 'repository:more', repository: 'more', uri: 'file:/srv/more' },
      ...{ suites: ['./'], components: [], trusted: true, absent: false, notify: [] },
    };
    const packed = await target.load([more, aptPackage('mw-more')]);
    const done = await target.run(packed, 'pm/m/apply/1');
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(await installed()).toContain('mw-more 1.0-1 ii');
    expect(story(await target.run(packed, next()))).toEqual(['ok repository:more', 'ok package:mw-more']);
    const good = await target.load([]);
    const undo = { change: 'pm', bytes: packed.bytes };
    expect(ending(await target.run(good, 'pm/m/rollback/1', { purpose: 'rollback', undo }))).toBe('ok');
    expect(await box.sh('ls /etc/apt/sources.list.d')).toBe('');
  });

  test('a package that nobody has is named with what apt said', async () => {
    const done = await target.run(await target.load([aptPackage('mw-nowhere')]), next());
    const failure = journalFailure(done.journal);
    expect(failure).toMatchObject({ code: 'MW-MACHINE-PACKAGE', step: 'package:mw-nowhere' });
    expect(failure?.detail?.join('\n')).toContain('Unable to locate package mw-nowhere');
  });
});

test('a machine without apt says so', async () => {
  const box = await openBox('busybox');
  try {
    const target = await makeTarget(box);
    const done = await target.run(await target.load([aptPackage('nginx')]), 'p/m/apply/1');
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-MACHINE-PACKAGE' });
  } finally {
    await box.close();
  }
});
