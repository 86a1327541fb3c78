import { describe, expect, it } from 'vitest';
import { plain, renderHistory, renderStatus } from '../../../src/report/index.js';
import { now, status } from './fixtures.js';

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

  it('shows every receipt of one resource', () => {
    const only = { ...entry, receipts: entry.receipts.slice(0, 1) };
    expect(renderHistory({ ...base, id: 'package:nginx-light', entries: [only] }, plain)).toContain(
      '    = package:nginx-light  ok  12ms',
    );
  });
});
