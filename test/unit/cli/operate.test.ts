import { describe, expect, it } from 'vitest';
import { exitOfSweep, type SweptSite, sweepText } from '../../../src/cli/doctor/sweepDocument.js';
import { news, readable } from '../../../src/cli/operate/console.js';
import { exitOfOperated } from '../../../src/cli/operate/document.js';
import { endOfHold } from '../../../src/cli/operate/hold.js';
import { checkedName, nameOfNow } from '../../../src/cli/operate/snapshot.js';
import { keyOf, pickVm } from '../../../src/cli/operate/vm.js';
import type { FailureInfo, InstanceInfo } from '../../../src/model/index.js';

describe('the end of a hold', () => {
  const now = new Date('2026-03-01T12:00:00.500Z');

  it.each([
    [{ for: '2h' }, '2026-03-01T14:00:00Z'],
    [{ until: '2026-03-02T10:00:00+02:00' }, '2026-03-02T08:00:00Z'],
    [{}, undefined],
  ])('of %j is %s', (options, end) => {
    expect(endOfHold(options, now)).toBe(end);
  });

  it('by the clock is the next time that clocks here show it', () => {
    const two = (n: number) => String(n).padStart(2, '0');
    const clock = `${two(now.getHours())}:${two(now.getMinutes())}`;
    expect(endOfHold({ until: clock }, now)).toBe('2026-03-02T12:00:00Z');
  });

  it.each([
    [{ for: '2' }, '--for 2 is no duration.'],
    [{ until: 'tomorrow' }, '--until tomorrow is no time.'],
    [{ until: '2026-02-30' }, '--until 2026-02-30 is no time.'],
    [{ until: '2026-02-01T00:00:00Z' }, '--until 2026-02-01T00:00:00Z is over.'],
    [{ for: '1h', until: '18:00' }, '--for and --until say the same thing twice.'],
  ])('of %j is a mistake: %s', (options, message) => {
    expect(() => endOfHold(options, now)).toThrow(message);
  });
});

describe('the name of a snapshot', () => {
  it('is made up from the time, so that one sorts behind the other', () => {
    const name = nameOfNow(new Date('2026-03-01T18:00:00.123Z'));
    expect([name, checkedName(name)]).toEqual(['s-20260301-180000', 's-20260301-180000']);
  });

  it.each(['', '-a', 'a/b', 'A', 'a b', `a${'b'.repeat(40)}`])('is not %j', (name) => {
    expect(() => checkedName(name)).toThrow('is no name for a snapshot');
  });
});

describe('what a console says next', () => {
  it.each([
    ['boot\n', 'boot\nlogin:', 'login:'],
    ['tick\ntick\n', 'tick\ntick\ntick\n', 'tick\n'],
    ['abcdef', 'defghi', 'ghi'],
    ['abc', 'abc', ''],
    ['abc', 'xyz', 'xyz'],
    ['', 'new', 'new'],
  ])('after %j, of %j, is %j', (before, now, next) => {
    expect(news(before, now)).toBe(next);
  });

  it('has no escape sequences, which could rewrite the terminal of who reads it', () => {
    expect(readable('\u001b[2J\u001b[1;31mred\u001b[0m\r\n\u001b]0;title\u0007\u0000\u009bok\rnext')).toBe(
      'red\nok\nnext',
    );
  });
});

describe('which VM is meant', () => {
  const ref = { fleet: 'shop', fleetUid: 'UID', environment: 'dev', machine: 'web-1' };
  const vm = (machine: string, change = '01A', environment = 'dev'): InstanceInfo => ({
    instance: `UID/${environment}/${machine}@${change}`,
    machineId: `UID/${environment}/${machine}`,
    ...{ power: 'on', protect: false, hostKey: '', addresses: {}, published: {}, keptDisks: [], shape: '' },
  });
  const all = [vm('web-1'), vm('web-1', '01B'), vm('web-2'), vm('web-1', '01A', 'prod')];
  const pick = (id: string) => pickVm(all, ref, id, 'main').instance;

  it('is said by its id, by its key, or by the beginning of either', () => {
    const wanted = 'UID/dev/web-1@01B';
    expect([pick(wanted), pick(keyOf(wanted)), pick(keyOf(wanted).slice(0, 8))]).toEqual([
      wanted,
      wanted,
      wanted,
    ]);
  });

  it.each([
    ['UID/dev/web-1', 'is the beginning of 2 VMs'],
    ['UID/dev/web-2', 'is web-2, not web-1 of dev. Nothing was taken over.'],
    ['UID/prod', 'is web-1 of prod, not web-1 of dev. Nothing was taken over.'],
    ['OTHER/dev/web-1@01A', 'is of another fleet (OTHER); this one is UID. Nothing was taken over.'],
    ['feedbeef', 'Site main has no VM feedbeef of this fleet.'],
    ['', 'Site main has no VM  of this fleet.'],
  ])('is refused with its reason for %j: %s', (id, message) => {
    expect(() => pick(id)).toThrow(message);
  });
});

describe('exit codes of operations', () => {
  const failure = (code: FailureInfo['code'], cause: FailureInfo['cause']): { failure: FailureInfo } => ({
    failure: { code, cause, message: '' },
  });

  it.each([
    [[{ failure: null }], 0],
    [[{ failure: null }, failure('MW-MACHINE-OFF', 'machine')], 1],
    [[failure('MW-SNAPSHOT-ABSENT', 'change')], 1],
    [[failure('MW-BUSY', 'change'), { failure: null }], 9],
    [[failure('MW-BUSY', 'change'), failure('MW-MACHINE-OFF', 'machine')], 1],
    [[failure('MW-WORKER-NONE', 'infrastructure'), failure('MW-MACHINE-OFF', 'machine')], 7],
    [[failure('MW-SSH-TIMEOUT', 'unreachable')], 7],
  ])('the worst of %j is %i', (machines, exit) => {
    expect(exitOfOperated(machines)).toBe(exit);
  });
});

describe('a sweep', () => {
  const site = (more: Partial<SweptSite> = {}): SweptSite => ({
    ...{ site: 'main', asked: true, owned: [], orphans: [], foreign: [], missing: [], busy: [], spared: [] },
    ...more,
  });
  const orphan = {
    ...({ instance: 'UID/dev/web-1@01A', machine: 'web-1', power: 'on', protect: false } as const),
    ...{ removed: false, key: '3f2a9c1d00000000' },
  };

  it.each([
    ['nothing wrong', [site({ owned: ['a'], foreign: ['b'], spared: ['c'] })], 0],
    ['an orphan', [site({ orphans: [orphan] })], 8],
    ['an orphan that was removed', [site({ orphans: [{ ...orphan, removed: true }] })], 0],
    ['a machine without its VM', [site({ missing: ['a'] })], 8],
    ['a site that nobody works for', [site({ orphans: [orphan] }), site({ asked: false })], 7],
  ])('with %s ends with the code for it', (_, sites, exit) => {
    expect(exitOfSweep(sites)).toBe(exit);
  });

  it('says of each orphan how to name it, and what to do with it', () => {
    const document = { schema: 'millwright/sweep/v1', fleet: 'shop', environment: 'dev', at: '' } as const;
    const text = sweepText({ ...document, sites: [site({ orphans: [orphan] })], exit: 8 });
    expect(text.split('\n')).toEqual([
      'shop/dev',
      'main: 0 VMs owned',
      '  orphan  3f2a9c1d00000000  UID/dev/web-1@01A  on',
      '',
      '1 VM without a machine: millwright adopt MACHINE --vm ID takes one over, millwright doctor --sweep --remove destroys them.',
    ]);
  });
});
