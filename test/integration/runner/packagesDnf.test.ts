import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bundlePath, bundleTar, journalFailure } from '../../../src/bundle/index.js';
import type { ResolvedRepository } from '../../../src/resources/repository.js';
import type { Resource } from '../../../src/resources/resource.js';
import { type Box, openBox } from './box.js';
import { aptPackage as aPackage } from './resources.js';
import { ending, makeTarget, story, type Target } from './target.js';

/** A machine of the other family: rpm and dnf, no apt, and a repository made by createrepo_c in a folder. */
const redhat = `set -e
rm -f /usr/bin/apt-get /usr/bin/dpkg-query; rm -rf /etc/yum.repos.d/* /srv/rpms /srv/rpmbuild
mkdir -p /srv/rpms /srv/rpmbuild /etc/yum.repos.d
cat >/usr/local/bin/mw-rpm <<'END'
name=$1 version=$2 requires=$3
cat >/srv/rpmbuild/$name.spec <<SPEC
Name: $name
Version: $version
Release: 1
Summary: test
License: none
BuildArch: noarch
$requires
%description
test
%install
mkdir -p %{buildroot}/etc
echo $version >%{buildroot}/etc/$name.conf
%files
%config(noreplace) /etc/$name.conf
SPEC
rpmbuild --quiet -bb --define '_topdir /srv/rpmbuild' --define '_rpmdir /srv/rpms' /srv/rpmbuild/$name.spec
createrepo_c --quiet /srv/rpms
END
chmod 755 /usr/local/bin/mw-rpm
mw-rpm mw-one 1.0 ''
mw-rpm mw_Needs 1.0 'Requires: mw-one'`;

const repository: ResolvedRepository = {
  ...{ type: 'repository', id: 'repository:rpms', repository: 'rpms', uri: 'file:///srv/rpms' },
  ...{ suites: [], components: [], trusted: true, absent: false, notify: [] },
};

describe('packages of a machine with dnf and rpm', () => {
  let box: Box;
  let target: Target;
  let runs = 0;
  beforeAll(async () => {
    box = await openBox('debian');
    target = await makeTarget(box);
    await box.sh(redhat);
  });
  afterAll(() => box.close());
  const apply = async (resources: readonly Resource[], purpose: 'apply' | 'check' = 'apply') =>
    target.run(await target.load(resources), `d/m/${purpose}/${++runs}`, { purpose });
  const installed = () => box.sh("rpm -q --qf '%{NAME} %{VERSION}\\n' mw-one mw_Needs || true");

  test('a repository is declared, what is missing is installed from it, then there is nothing to do', async () => {
    const wanted = [repository, aPackage('mw_Needs'), aPackage('mw-one')];
    const done = await apply(wanted);
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(story(done).filter((line) => /^(ok|changed)/.test(line))).toEqual([
      ...['changed repository:rpms', 'changed package:mw_Needs', 'ok package:mw-one'],
    ]);
    expect(await installed()).toBe('mw-one 1.0\nmw_Needs 1.0\n');
    const again = await apply(wanted);
    expect(again.journal.filter(({ state }) => state === 'ok').map(({ reason }) => reason)).toEqual([
      ...['as wanted', '1.0-1 is installed', '1.0-1 is installed'],
    ]);
  });

  test('a version that the index does not have yet makes it fetch anew, and local configuration stays', async () => {
    await box.sh(`mw-rpm mw-one 2.0 ''; echo mine >/etc/mw-one.conf`);
    const done = await apply([aPackage('mw-one', { version: '2.0-1' })]);
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(await installed()).toContain('mw-one 2.0\n');
    expect(await box.sh('cat /etc/mw-one.conf')).toBe('mine\n');
    expect(story(await apply([aPackage('mw-one', { version: '2.*' })]))).toEqual(['ok package:mw-one']);
  });

  test('an older version is not put over a newer one', async () => {
    const done = await apply([aPackage('mw-one', { version: '1.0-1' })]);
    expect(journalFailure(done.journal)).toMatchObject({ code: 'MW-CHANGE-DOWNGRADE' });
  });

  test('an upgrade names what is pending by the index that is here, brings it, and cannot be undone', async () => {
    await box.sh("mw-rpm mw_Needs 1.5 'Requires: mw-one'; dnf -q makecache --refresh");
    const upgrade: Resource = { type: 'upgrade', id: 'upgrade:all', upgrade: 'all', refresh: 0, notify: [] };
    const look = await apply([upgrade], 'check');
    expect(look.journal.find(({ step }) => step !== undefined)).toMatchObject({
      ...{ state: 'differs', reason: '1 pending: mw_Needs' },
    });
    expect(await installed()).toContain('mw_Needs 1.0');
    const done = await apply([upgrade]);
    expect(journalFailure(done.journal)).toBeUndefined();
    expect(await installed()).toBe('mw-one 2.0\nmw_Needs 1.5\n');
    expect(story(await apply([upgrade]))).toEqual(['ok upgrade:all']);
  });

  test('what others need is not removed; what nobody needs is, and a rollback brings it back', async () => {
    const refused = await apply([aPackage('mw-one', { absent: true })]);
    expect(journalFailure(refused.journal)).toMatchObject({
      ...{ code: 'MW-MACHINE-PACKAGE', message: 'rpm -e mw-one exited 1' },
    });
    const packed = await target.load([aPackage('mw_Needs', { absent: true })]);
    expect(ending(await target.run(packed, 'dr/m/apply/1'))).toBe('ok');
    expect(await installed()).not.toContain('mw_Needs 1.5\n');
    const good = await target.load([]);
    await box.put(bundlePath(good.bytes), bundleTar(good.bundle));
    const undo = { change: 'dr', bytes: packed.bytes };
    const back = await target.run(good, 'dr/m/rollback/1', { purpose: 'rollback', undo });
    expect(back.journal.find(({ state }) => state === 'undone')?.reason).toBe('1.5-1 is installed again');
  });

  test('a hold is written to the list of the plugin versionlock; without the plugin it fails and says so', async () => {
    const done = await apply([aPackage('mw-one', { hold: true })]);
    expect(journalFailure(done.journal)?.message).toContain('plugin versionlock');
    await box.sh(`mkdir -p /etc/dnf/plugins; echo 'mw-one-0:2.0-1.*' >/etc/dnf/plugins/versionlock.list`);
    const held = await apply([aPackage('mw-one', { hold: true })]);
    expect(held.journal.find(({ state }) => state === 'ok')?.reason).toBe('2.0-1 is installed and held');
  });

  test('a package that nobody has is named with what dnf said', async () => {
    const failure = journalFailure((await apply([aPackage('mw-nowhere')])).journal);
    expect(failure).toMatchObject({ code: 'MW-MACHINE-PACKAGE', step: 'package:mw-nowhere' });
    expect(failure?.detail?.join('\n')).toContain('mw-nowhere');
  });
});
