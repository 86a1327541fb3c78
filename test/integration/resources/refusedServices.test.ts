import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { journalFailure, type SlotValue } from '../../../src/bundle/index.js';
import { type Slot, slotToken } from '../../../src/model/index.js';
import type { Resource } from '../../../src/resources/index.js';
import { type Box, openBox } from '../runner/box.js';
import { user } from '../runner/resources.js';
import { makeTarget, type Target } from '../runner/target.js';

const slots: readonly Slot[] = [{ name: 'hash', kind: 'secret', secret: { env: 'HASH' } }];
const secret = (value: string): SlotValue[] => [
  { name: 'hash', secret: true, fingerprint: value.length.toString(), value },
];
const sudoRule = (more: object): Resource => ({
  ...{ type: 'sudoRule', id: 'sudoRule:mwr', sudoRule: 'mwr', notify: [], absent: false, users: 'root' },
  ...{ as: 'root', noPassword: false, commands: 'ALL' },
  ...more,
});

describe('on debian', () => {
  let box: Box;
  let target: Target;
  let runs = 0;
  const failure = async (resource: Resource, given: SlotValue[] = []) => {
    const packed = await target.load([resource], [], given.length > 0 ? slots : []);
    const { journal } = await target.run(packed, `x/m/apply/${++runs}`, {}, given);
    return { ...journalFailure(journal), journal: JSON.stringify(journal) };
  };
  beforeAll(async () => {
    box = await openBox('debian');
    target = await makeTarget(box);
  });
  afterAll(() => box.close());

  test('a password that is no hash is not set, and shown nowhere', async () => {
    await box.sh('useradd -M mwplain');
    const before = await box.sh('grep ^mwplain: /etc/shadow');
    const wanted = user('mwplain', { passwordHash: slotToken('hash') });
    for (const value of ['hunter2 hunter2', '$6$a$b:0:0', '$6$a$b\nroot:$6$x$y'])
      expect(await failure(wanted, secret(value))).toMatchObject({
        code: 'MW-CHANGE-PASSWORDHASH',
        journal: expect.not.stringContaining('hunter2'),
      });
    expect(await box.sh('grep ^mwplain: /etc/shadow')).toBe(before);
  });

  test('a changed secret sets the password again, and a newline at its end is none of it', async () => {
    const wanted = await target.load([user('mwplain', { passwordHash: slotToken('hash') })], [], slots);
    for (const value of ['$6$one$one', '$6$two$two\n']) {
      const { journal } = await target.run(wanted, `x/m/apply/${++runs}`, {}, secret(value));
      expect(journal.find((line) => line.state === 'changed')?.reason).toBe('password set');
      expect(await box.sh('grep ^mwplain: /etc/shadow')).toMatch(`mwplain:${value.trim()}:`);
    }
    const again = await target.run(wanted, `x/m/apply/${++runs}`, {}, secret('$6$two$two'));
    expect(again.journal.map((line) => line.state)).toContain('ok');
  });

  test('a number that another user or group has is refused by what makes it', async () => {
    const taken = await failure(user('mwtaken', { uid: 0 }));
    expect(taken).toMatchObject({ code: 'MW-MACHINE-USER' });
    const gid = {
      type: 'userGroup',
      id: 'g',
      userGroup: 'mwtaken',
      gid: 0,
      system: false,
      absent: false,
    } as const;
    expect(await failure({ ...gid, notify: [] })).toMatchObject({ code: 'MW-MACHINE-USER' });
    expect(await box.sh('grep -c ^mwtaken: /etc/passwd /etc/group || true')).toBe(
      '/etc/passwd:0\n/etc/group:0\n',
    );
  });

  test('a group that is the primary one of a user is not removed', async () => {
    const gone = { type: 'userGroup', id: 'g', userGroup: 'mwplain', system: false, absent: true } as const;
    expect(await failure({ ...gone, notify: [] })).toMatchObject({
      code: 'MW-CHANGE-GROUPUSED',
      message: 'mwplain is the primary group of user mwplain, so it was not removed',
    });
  });

  test('a sudo rule that visudo does not accept never goes live', async () => {
    await box.sh('printf "root ALL = (root) /bin/true\\n" >/etc/sudoers.d/mwr; chmod 440 /etc/sudoers.d/mwr');
    expect(await failure(sudoRule({ commands: '/bin/ x' }))).toMatchObject({ code: 'MW-CHANGE-SUDO' });
    expect(await box.sh('cat /etc/sudoers.d/mwr; ls -A /etc/sudoers.d')).toMatch(
      /^root ALL = \(root\) \/bin\/true\nREADME\n(?!.*millwright)/s,
    );
  });

  test('a job for a machine without cron, a unit for one without systemd', async () => {
    const cron = { type: 'cron', id: 'c', cron: 'mwj', schedule: '@daily', run: 'date', as: 'root' } as const;
    await box.sh('rm -f /usr/sbin/cron');
    expect(await failure({ ...cron, env: {}, absent: false, notify: [] })).toMatchObject({
      code: 'MW-CHANGE-CRON',
    });
    const unit = {
      type: 'unit',
      id: 'u',
      unit: 'mw.service',
      content: '',
      absent: false,
      notify: [],
    } as const;
    expect(await failure(unit)).toMatchObject({ code: 'MW-UNIT-NOSYSTEMD' });
  });
});

describe('under systemd', () => {
  let box: Box;
  let target: Target;
  beforeAll(async () => {
    box = await openBox('systemd');
    target = await makeTarget(box);
    await box.sh('until systemctl daemon-reload 2>/dev/null; do sleep 0.2; done');
  });
  afterAll(() => box.close());

  test('a unit that systemd does not accept is put back', async () => {
    await box.put('/etc/systemd/system/mwbad.service', '[Service]\nExecStart=/bin/true\n', '644');
    const unit = { type: 'unit', id: 'u', unit: 'mwbad.service', absent: false, notify: [] } as const;
    const packed = await target.load([{ ...unit, content: '[Service]\nExecStart=\n' }]);
    const { journal } = await target.run(packed, 's/m/apply/1');
    expect(journalFailure(journal)).toMatchObject({
      code: 'MW-UNIT-INVALID',
      message: expect.stringContaining('the old version is back'),
    });
    expect(
      await box.sh('cat /etc/systemd/system/mwbad.service; systemctl show -p LoadState --value mwbad'),
    ).toBe('[Service]\nExecStart=/bin/true\nloaded\n');
  });

  test('a timer whose time is none leaves nothing behind', async () => {
    const timer = {
      type: 'timer',
      id: 't',
      timer: 'mwnever',
      run: 'true',
      as: 'root',
      persistent: true,
    } as const;
    const packed = await target.load([{ ...timer, onCalendar: 'sometimes', absent: false, notify: [] }]);
    const { journal } = await target.run(packed, 's/m/apply/2');
    expect(journalFailure(journal)).toMatchObject({ code: 'MW-UNIT-INVALID' });
    expect(await box.sh('ls /etc/systemd/system | grep mwnever || true')).toBe('');
  });
});
