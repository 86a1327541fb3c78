import { describe, expect, it } from 'vitest';
import { plain, renderHistory, renderStatus } from '../../../src/report/index.js';
import { now, question, status } from './fixtures.js';

describe('status', () => {
  it('shows the fleet, what is owed and where it answers', () => {
    expect(`\n${renderStatus(status(), now, plain)}\n`).toBe(`
shop/prod   no run is active
  MACHINE  STATE     SITE  ADDRESS     BUNDLE               RUN  UPDATED
✔ db-1     verified  main  10.77.0.10  aaaaaaaa             3    12 min ago
✖ web-1    failed    main  10.77.0.20  bbbbbbbb unverified  4    just now
! web-1 owes reload service:nginx: the next \`millwright up\` pays it

web-1:80  http://127.0.0.1:34567
`);
  });

  it('names machines whose VM is gone and VMs that no machine owns', () => {
    const [first] = status().machines;
    const text = renderStatus(
      status({
        machines: first ? [{ ...first, state: 'gone', power: null }] : [],
        orphans: [
          { instance: 'u/prod/web-9@01JY', site: 'main', power: 'on', reason: 'no machine of that name' },
        ],
        urls: [],
      }),
      now,
      plain,
    );
    expect(text.split('\n').slice(2)).toEqual([
      '✖ db-1     gone   main  10.77.0.10  aaaaaaaa  3    12 min ago',
      '! db-1: its VM u/prod/db-1@01JZ is gone from main; `millwright up` makes a new one',
      '',
      '1 VM without a machine:',
      '  u/prod/web-9@01JY  on main  power on  no machine of that name',
    ]);
  });

  it('shows an open question in full, with what answers it', () => {
    const text = renderStatus(
      status({ running: { run: 42, change: '01JZ', verb: 'up' }, questions: [question()] }),
      now,
      plain,
      ' -e prod',
    );
    expect(text).toContain('shop/prod   up run 42 waits for you: 1 open question\n');
    expect(text).toContain(
      '        millwright retry 42 web-1 -e prod     the same plan again, from this step\n',
    );
  });

  it('says who holds a machine, why and how long', () => {
    const [first, second] = status().machines;
    if (!first || !second) throw new Error('the fixture has two machines');
    const machines = [
      { ...first, hold: { reason: 'disk being looked at', by: 'ada', until: '2026-03-04T14:00:00.000Z' } },
      { ...second, debts: [], hold: { reason: 'left alone' } },
    ];
    expect(renderStatus(status({ machines }), now, plain).split('\n').slice(4, 6)).toEqual([
      '! db-1 is held by ada until 2026-03-04T14:00:00.000Z (2h00m left): disk being looked at',
      '! web-1 is held without an end: left alone',
    ]);
  });

  it('says which machines stay out of use, and where', () => {
    const [first, second] = status().machines;
    if (!first || !second) throw new Error('the fixture has two machines');
    const machines = [
      { ...first, state: 'running', drained: 'lb-1' },
      { ...second, debts: [], drained: 'lb-1' },
    ];
    expect(renderStatus(status({ machines }), now, plain)).toContain(
      '\n! web-1  drained from lb-1 until verified\n',
    );
    const detail = { ...question().detail, drained: 'lb-1' };
    expect(renderStatus(status({ questions: [question({ detail })] }), now, plain)).toContain(
      ' · nothing owed · drained from lb-1.\n',
    );
  });

  it('names the last rollback until a run succeeds again', () => {
    const rollback = {
      run: 43,
      of: 42,
      commit: '3f2a9c1d',
      by: 'platform',
      at: '2026-03-04T11:48:00.000Z',
      outcome: 'rolled-back-verified',
      current: true,
    };
    const text = (more: Partial<typeof rollback>): string =>
      renderStatus(status({ rollback: { ...rollback, ...more } }), now, plain);
    expect(text({})).toContain(
      '! run 42 (3f2a9c1) was rolled back by run 43 of platform, 12 min ago: verified; `millwright up` tries this revision only with --again',
    );
    expect(text({ outcome: 'rollback-failed' })).toContain(
      '✖ run 42 (3f2a9c1) was rolled back by run 43 of platform, 12 min ago, and that failed: millwright status 43',
    );
    expect(text({ current: false })).not.toContain('rolled back');
  });

  it('says what to type where nothing is known', () => {
    expect(renderStatus(status({ machines: [], urls: [] }), now, plain)).toContain('`millwright up` creates');
  });
});

describe('history', () => {
  const entry = {
    run: 3,
    change: '01JZ',
    verb: 'up',
    commit: '3f2a9c1d',
    startedBy: 'platform',
    startedAt: '2026-03-04T11:48:00.000Z',
    machine: 'web-1',
    outcome: 'applied',
    phase: null,
    reason: null,
    failure: null,
    of: null,
    answers: [],
    votes: [],
    receipts: [
      { step: 'package:nginx-light', hash: 'x', state: 'ok' as const, durationMs: 12 },
      {
        step: 'file:/etc/motd',
        hash: 'y',
        state: 'changed' as const,
        reason: 'content differs',
        durationMs: 40,
      },
    ],
  };
  const base = {
    schema: 'millwright/history/v1' as const,
    fleet: 'shop',
    environment: 'prod',
    machine: 'web-1',
  };

  it('lists what changed and only counts what was found ok', () => {
    expect(renderHistory({ ...base, id: null, entries: [entry] }, plain)).toBe(`shop/prod web-1
run 3  2026-03-04 11:48Z  up 3f2a9c1 by platform: applied
    ~ file:/etc/motd  changed: content differs  40ms
    = 1 ok`);
  });

  it('shows which run a rollback took back, and who answered what', () => {
    const back = {
      ...entry,
      run: 5,
      verb: 'rollback',
      of: 4,
      outcome: 'rolled-back-verified',
      receipts: [],
      votes: [
        {
          ...{ gate: 'rollout', decision: 'approve' as const, by: 'eve', how: 'signed' as const },
          ...{ reason: 'fine', reference: null, at: '2026-03-04T11:49:00.000Z' },
        },
      ],
      answers: [
        {
          answer: 'retry' as const,
          machine: 'web-1',
          by: 'ada',
          reason: 'mirror is back',
          at: '2026-03-04T11:50:00.000Z',
        },
      ],
    };
    expect(renderHistory({ ...base, id: null, entries: [back] }, plain)).toBe(`shop/prod web-1
run 5  2026-03-04 11:48Z  rollback of run 4 3f2a9c1 by platform: rolled-back-verified
    gate rollout 11:49Z: approved by eve (signed): fine
    answered 11:50Z: retry web-1 by ada: mirror is back`);
  });

  it('shows every receipt of one resource', () => {
    const only = { ...entry, receipts: entry.receipts.slice(0, 1) };
    expect(renderHistory({ ...base, id: 'package:nginx-light', entries: [only] }, plain)).toContain(
      '    = package:nginx-light  ok  12ms',
    );
  });

  it('shows what a step of one resource changed', () => {
    const [, motd] = entry.receipts;
    const receipts = motd ? [{ ...motd, diff: '--- a\n+++ a\n-old\n+new\n' }] : [];
    const text = renderHistory({ ...base, id: 'file:/etc/motd', entries: [{ ...entry, receipts }] }, plain);
    expect(text.split('\n').slice(2)).toEqual([
      '    ~ file:/etc/motd  changed: content differs  40ms',
      ...['        --- a', '        +++ a', '        -old', '        +new'],
    ]);
  });
});
