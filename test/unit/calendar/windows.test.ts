import { describe, expect, it } from 'vitest';
import { windowState } from '../../../src/calendar/index.js';
import type { Freeze, Window } from '../../../src/model/index.js';

const window = (over: Partial<Window>): Window => ({
  ...{ days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '09:00', to: '16:00' },
  ...{ zone: 'UTC', atClose: 'pause', ...over },
});
const freeze = (over: Partial<Freeze>): Freeze => ({
  ...{ from: '2026-12-18', to: '2027-01-06', zone: 'Europe/Berlin', because: 'holidays', atStart: 'pause' },
  ...over,
});
const at = (time: string, windows: readonly Window[], freezes: readonly Freeze[] = []) =>
  windowState(windows, freezes, new Date(time));

/** Opening and closing of the first window after a moment at which it is closed. */
const opening = (time: string, ...windows: Window[]) => {
  const { open, until, closes } = at(time, windows);
  return open ? 'open' : [until, closes];
};

describe('a week of windows', () => {
  it('is always open where nothing is declared', () => {
    expect(at('2026-11-22T10:00:00Z', [])).toEqual({
      ...{ open: true, why: 'no window is declared', atClose: 'pause' },
      ...{ until: undefined, startBy: undefined },
    });
  });

  it('is open from its first moment up to, but not at, its last', () => {
    const one = [window({ days: ['tue', 'wed'], atClose: 'finish' })];
    expect(at('2026-11-24T08:59:59Z', one)).toMatchObject({
      ...{ open: false, why: 'outside tue, wed 09:00–16:00 UTC' },
      ...{ until: '2026-11-24T09:00:00Z', closes: '2026-11-24T16:00:00Z' },
    });
    expect(at('2026-11-24T09:00:00Z', one)).toMatchObject({
      ...{ open: true, until: '2026-11-24T16:00:00Z', atClose: 'finish', why: 'tue, wed 09:00–16:00 UTC' },
    });
    expect(at('2026-11-24T16:00:00Z', one)).toMatchObject({ open: false, until: '2026-11-25T09:00:00Z' });
  });

  it('says after it has closed what it wanted of a rollout at work, which may not have been looked at in time', () => {
    const two = [window({ to: '12:00', atClose: 'rollback' }), window({ from: '13:00', atClose: 'finish' })];
    expect(at('2026-11-24T12:30:00Z', two).atClose).toBe('rollback');
    expect(at('2026-11-24T20:00:00Z', two).atClose).toBe('finish');
  });

  it('reaches over midnight, and belongs to the day on which it begins', () => {
    const night = [window({ days: ['fri'], from: '22:00', to: '04:00', startBy: '01:00' })];
    expect(at('2026-11-28T00:30:00Z', night)).toMatchObject({
      ...{ open: true, until: '2026-11-28T04:00:00Z', startBy: '2026-11-28T01:00:00Z' },
    });
    expect(at('2026-11-27T01:00:00Z', night)).toMatchObject({ open: false, until: '2026-11-27T22:00:00Z' });
  });

  it('has the last start of the opening that comes, and none where it is the end', () => {
    expect(at('2026-11-24T08:00:00Z', [window({ startBy: '15:00' })]).startBy).toBe('2026-11-24T15:00:00Z');
    expect(at('2026-11-24T08:00:00Z', [window({})]).startBy).toBeUndefined();
    expect(at('2026-11-24T15:30:00Z', [window({ startBy: '15:00' })])).toMatchObject({
      ...{ open: true, startBy: '2026-11-24T15:00:00Z', until: '2026-11-24T16:00:00Z' },
    });
  });

  it('is one where two overlap or touch', () => {
    const two = [
      window({ from: '08:00', to: '12:00', startBy: '11:00', atClose: 'rollback' }),
      window({ from: '10:00', to: '14:00', startBy: '13:00' }),
      window({ from: '14:00', to: '15:00', startBy: '14:30', atClose: 'finish' }),
    ];
    expect(at('2026-11-24T09:00:00Z', two)).toMatchObject({
      ...{ until: '2026-11-24T15:00:00Z', startBy: '2026-11-24T13:00:00Z', atClose: 'finish' },
    });
  });

  it('never closes where windows follow each other without end', () => {
    const always = at('2026-11-24T09:00:00Z', [window({ from: '00:00', to: '00:00' })]);
    expect(always).toMatchObject({ open: true, until: undefined, startBy: undefined });
  });

  it('refuses a zone that nobody knows', () => {
    expect(() => at('2026-11-24T09:00:00Z', [window({ zone: 'Europe/Nowhere' })])).toThrow(
      'no time zone Europe/Nowhere is known here',
    );
  });
});

describe('a window in a zone', () => {
  const summer = '2026-06-30T12:00:00Z';
  const winter = '2026-12-30T20:00:00Z';

  it.each([
    ['UTC', summer, '2026-07-01T09:00:00Z', '2026-07-01T16:00:00Z'],
    ['Europe/Berlin', summer, '2026-07-01T07:00:00Z', '2026-07-01T14:00:00Z'],
    ['Europe/Berlin', winter, '2026-12-31T08:00:00Z', '2026-12-31T15:00:00Z'],
    ['America/New_York', summer, '2026-07-01T13:00:00Z', '2026-07-01T20:00:00Z'],
    ['America/New_York', winter, '2026-12-31T14:00:00Z', '2026-12-31T21:00:00Z'],
    ['Asia/Kolkata', winter, '2026-12-31T03:30:00Z', '2026-12-31T10:30:00Z'],
    ['Pacific/Chatham', winter, '2026-12-30T19:15:00Z', '2026-12-31T02:15:00Z'],
  ])('of %s opens by its own clock after %s', (zone, time, opens, closes) => {
    const days = [opens.startsWith('2026-07') ? 'wed' : 'thu'] as Window['days'];
    const one = window({ zone, days });
    if (zone === 'Pacific/Chatham') {
      expect(at(time, [one])).toMatchObject({ open: true, until: closes });
    } else expect(opening(time, one)).toEqual([opens, closes]);
  });

  it("counts the zone's own day: Thursday morning of Chatham is Wednesday evening in UTC", () => {
    const one = window({ zone: 'Pacific/Chatham', days: ['thu'], to: '10:00' });
    expect(opening('2026-12-30T00:00:00Z', one)).toEqual(['2026-12-30T19:15:00Z', '2026-12-30T20:15:00Z']);
  });
});

describe('the night on which the clock is put forward', () => {
  // Berlin: 02:00 → 03:00 at 2027-03-28T01:00Z. New York: 02:00 → 03:00 at 2027-03-14T07:00Z. Chatham: 02:45 → 03:45 at 2026-09-26T14:00Z.
  it.each([
    [
      'begins when the clock has skipped its beginning',
      '02:30',
      '03:30',
      'Europe/Berlin',
      '2027-03-27T12:00:00Z',
      '2027-03-28T01:00:00Z',
      '2027-03-28T01:30:00Z',
    ],
    [
      'ends when the clock has skipped its end',
      '01:30',
      '02:30',
      'Europe/Berlin',
      '2027-03-27T12:00:00Z',
      '2027-03-28T00:30:00Z',
      '2027-03-28T01:00:00Z',
    ],
    [
      'is an hour shorter around it',
      '22:00',
      '04:00',
      'Europe/Berlin',
      '2027-03-27T12:00:00Z',
      '2027-03-27T21:00:00Z',
      '2027-03-28T02:00:00Z',
    ],
    [
      'begins when the clock has skipped its beginning',
      '02:30',
      '03:30',
      'America/New_York',
      '2027-03-13T12:00:00Z',
      '2027-03-14T07:00:00Z',
      '2027-03-14T07:30:00Z',
    ],
    [
      'begins when the clock has skipped its beginning',
      '03:00',
      '04:15',
      'Pacific/Chatham',
      '2026-09-26T00:00:00Z',
      '2026-09-26T14:00:00Z',
      '2026-09-26T14:30:00Z',
    ],
    [
      'has no such night',
      '02:30',
      '03:30',
      'Asia/Kolkata',
      '2027-03-27T12:00:00Z',
      '2027-03-27T21:00:00Z',
      '2027-03-27T22:00:00Z',
    ],
  ])('a window %s: %s–%s %s', (_, from, to, zone, time, opens, closes) => {
    expect(opening(time, window({ from, to, zone }))).toEqual([opens, closes]);
  });

  it('a window that lies within what is skipped is not opened until the next day', () => {
    const one = window({ from: '02:10', to: '02:50', zone: 'Europe/Berlin' });
    expect(opening('2027-03-27T12:00:00Z', one)).toEqual(['2027-03-29T00:10:00Z', '2027-03-29T00:50:00Z']);
  });
});

describe('the night on which the clock is put back', () => {
  // Berlin: 03:00 → 02:00 at 2026-10-25T01:00Z. New York: 02:00 → 01:00 at 2026-11-01T06:00Z.
  it.each([
    [
      'is open through both of a doubled half hour',
      '02:30',
      '03:30',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      '2026-10-25T00:30:00Z',
      '2026-10-25T02:30:00Z',
    ],
    [
      'ends the first time that its end is shown',
      '01:30',
      '02:30',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      '2026-10-24T23:30:00Z',
      '2026-10-25T00:30:00Z',
    ],
    [
      'is an hour longer around it',
      '22:00',
      '04:00',
      'Europe/Berlin',
      '2026-10-24T12:00:00Z',
      '2026-10-24T20:00:00Z',
      '2026-10-25T03:00:00Z',
    ],
    [
      'is open through both of a doubled half hour',
      '01:30',
      '02:30',
      'America/New_York',
      '2026-10-31T12:00:00Z',
      '2026-11-01T05:30:00Z',
      '2026-11-01T07:30:00Z',
    ],
  ])('a window %s: %s–%s %s', (_, from, to, zone, time, opens, closes) => {
    expect(opening(time, window({ from, to, zone }))).toEqual([opens, closes]);
  });

  it('opens a window once, not twice', () => {
    const one = window({ from: '02:10', to: '02:50', zone: 'Europe/Berlin' });
    expect(at('2026-10-25T00:50:00Z', [one])).toMatchObject({ open: false, until: '2026-10-26T01:10:00Z' });
  });
});

describe('a freeze', () => {
  it('keeps everything closed through the whole of its last day, by its own clock', () => {
    const frozen = at('2026-12-20T12:00:00Z', [], [freeze({ atStart: 'rollback' })]);
    expect(frozen).toMatchObject({
      ...{ open: false, why: 'freeze 2026-12-18 to 2027-01-06 Europe/Berlin: holidays' },
      ...{ until: '2027-01-06T23:00:00Z', atClose: 'rollback', closes: undefined },
    });
  });

  it('closes what is open when it begins, and says what follows', () => {
    const state = at('2026-12-17T12:00:00Z', [], [freeze({ atStart: 'finish' })]);
    expect(state).toMatchObject({ open: true, until: '2026-12-17T23:00:00Z', atClose: 'finish' });
  });

  it('cuts a window short, and lets the rest of one open', () => {
    const half = freeze({ from: '2026-12-18T11:00', to: '2026-12-18T13:30', zone: 'UTC' });
    const one = [window({ startBy: '15:00' })];
    expect(at('2026-12-18T10:00:00Z', one, [half])).toMatchObject({
      ...{ open: true, until: '2026-12-18T11:00:00Z', startBy: undefined },
    });
    expect(at('2026-12-18T12:00:00Z', one, [half])).toMatchObject({
      ...{ open: false, until: '2026-12-18T13:30:00Z', startBy: '2026-12-18T15:00:00Z' },
      closes: '2026-12-18T16:00:00Z',
    });
  });

  it('is followed by the next window that is open, however far away', () => {
    const mondays = [window({ days: ['mon'] })];
    expect(at('2026-12-19T12:00:00Z', mondays, [freeze({ to: '2027-03-31' })]).until).toBe(
      '2027-04-05T09:00:00Z',
    );
    expect(at('2026-12-19T12:00:00Z', mondays, [freeze({ to: '2029-01-01' })]).until).toBeUndefined();
  });

  it('goes on with the one that overlaps it', () => {
    const two = [freeze({}), freeze({ from: '2027-01-05', to: '2027-01-09', because: 'audit' })];
    expect(at('2026-12-20T12:00:00Z', [], two).until).toBe('2027-01-09T23:00:00Z');
  });

  it('holds until an end that the clock shows twice has been shown twice', () => {
    const night = freeze({ from: '2026-10-24', to: '2026-10-25T02:30' });
    expect(at('2026-10-25T00:00:00Z', [], [night]).until).toBe('2026-10-25T01:30:00Z');
  });
});
