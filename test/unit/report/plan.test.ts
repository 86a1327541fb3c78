import { expect, it } from 'vitest';
import { type PlanDocument, plain, renderPlan } from '../../../src/report/index.js';
import { now, plan, planMachine } from './fixtures.js';

const change = {
  action: 'change' as const,
  items: [
    {
      mark: 'change' as const,
      id: 'file:/etc/nginx/conf.d/shop.conf',
      text: '',
      diff: [
        '@@ -3,2 +3,3 @@',
        '+  location /checkout { proxy_pass http://127.0.0.1:8080; }',
        '   root /srv/shop;',
      ],
    },
    {
      mark: 'run' as const,
      id: 'service:nginx',
      text: 'reload, because file:/etc/nginx/conf.d/shop.conf changes',
      diff: [],
    },
  ],
  unchanged: 6,
  rungs: [{ rung: 'restore' as const }],
};

it('shows machines with one difference together, and how to apply exactly this', () => {
  const machines = [
    planMachine('db-1', {
      action: 'power cycle',
      reason: 'memory 512 MiB → 1 GiB',
      protect: true,
      rungs: [
        { rung: 'restore', unreachable: 'command:set password of role shop has no undo' },
        { rung: 'snapshot', discards: 'what was written since' },
      ],
      cannotUndo: ['command:set password of role shop'],
    }),
    planMachine('web-1', change),
    planMachine('web-2', change),
    planMachine('web-3', { ...change, silent: 'no answer on 10.77.0.22:22' }),
    planMachine('web-4', change),
    planMachine('web-5', {
      action: 'destroy',
      reason: 'groups.web.count 5 → 4',
      refused: 'without --allow-destroy',
      unchanged: 0,
    }),
    planMachine('lb-1'),
    planMachine('gate'),
  ];
  const text = renderPlan(plan(machines, { looked: { asked: 7, answered: 6 } }), now, plain);
  expect(`\n${text}\n`).toBe(`
shop/prod   3f2a9c1 "serve /checkout" by platform, 12 min ago
Looked at 6 of 7 machines just now. web-3 did not answer: planned from the last receipts.

↻ db-1                       change with power cycle: memory 512 MiB → 1 GiB protected
~ web-1 web-2 web-4          change in place                        3 machines, one diff
    ~ file:/etc/nginx/conf.d/shop.conf
        @@ -3,2 +3,3 @@
        +  location /checkout { proxy_pass http://127.0.0.1:8080; }
           root /srv/shop;
    ! service:nginx          reload, because file:/etc/nginx/conf.d/shop.conf changes
    = 6 others
? web-3                      change in place, when it answers
    ~ file:/etc/nginx/conf.d/shop.conf
        @@ -3,2 +3,3 @@
        +  location /checkout { proxy_pass http://127.0.0.1:8080; }
           root /srv/shop;
    ! service:nginx          reload, because file:/etc/nginx/conf.d/shop.conf changes
    = 6 others
- web-5                      destroy: groups.web.count 5 → 4        REFUSED without --allow-destroy
= lb-1 gate                  nothing to do                          2 machines, (7 resources)

Rollback                   db-1     snapshot (discards what was written since); not restore: command:set password of role shop has no undo
                           web-1…4  restore
Rollback cannot undo       db-1  command:set password of role shop
Order                      db (1) → web (4)

0 create · 5 change (1 with power cycle) · 0 replace · 1 destroy refused · 2 unchanged
Plan 77777777                apply exactly this:  millwright up -e prod --plan 77777777
`);
});

it('says that it planned from the record where nobody was asked', () => {
  const text = renderPlan(
    plan([planMachine('web-1', { action: 'create' })], {
      looked: null,
      unlooked: 'Nobody works for control: planned from the record.',
      commit: null,
      order: [],
    }),
    now,
    plain,
  );
  expect(`\n${text}\n`).toBe(`
shop/prod   revision 99999999, not under version control
Nobody works for control: planned from the record.

+ web-1                      create

1 create · 0 change · 0 replace · 0 destroy · 0 unchanged
Plan 77777777                apply exactly this:  millwright up -e prod --plan 77777777
`);
});

it('says how a change spreads, what surrounds it, with whose consent and when', () => {
  const alone = { after: [], machines: 1, maxParallel: 10, strategy: null };
  const strategy = {
    batches: [1, 25, 25, 9],
    soakMs: 120_000,
    maxFailed: 1,
    surge: 2,
    watch: ['error rate'],
  };
  const gate = {
    approvals: 1,
    from: [],
    timeoutMs: null,
    onTimeout: 'stop',
    unsigned: false,
    external: false,
  };
  const drained = { ...change, drainedAt: 'lb-1' };
  const text = renderPlan(
    plan(
      [
        planMachine('web-1', drained),
        planMachine('web-2', drained),
        planMachine('web-3', { ...drained, action: 'create' }),
        planMachine('mail-1', { ...change, unchanged: 5, drainedAt: 'lb-1' }),
        planMachine('web-61', { ...drained, action: 'destroy', reason: 'groups.web.count 61 → 60' }),
      ],
      {
        order: [
          { ...alone, group: 'db' },
          { ...alone, group: 'mail' },
          { ...alone, group: 'web', after: ['db'], machines: 60, strategy },
          { ...alone, group: 'lb', after: ['web'] },
        ],
        gates: [
          { ...gate, id: 'rollout', approvals: 2, timeoutMs: 4 * 3_600_000, onTimeout: 'rollback' },
          { ...gate, id: 'group:web', from: ['oncall', 'platform'] },
          { ...gate, id: 'canary:web', external: true, unsigned: true },
        ] as PlanDocument['gates'],
        windows: [
          {
            ...{ days: ['tue', 'wed', 'thu'], from: '09:00', to: '16:00', zone: 'Europe/Berlin' },
            ...{ startBy: '15:00', atClose: 'pause' },
          },
          { days: ['mon', 'sat'], from: '22:00', to: '04:00', zone: 'UTC', atClose: 'pause' },
        ],
        freezes: [
          {
            ...{ from: '2026-12-18', to: '2027-01-06', zone: 'Europe/Berlin' },
            ...{ because: 'holidays', atStart: 'pause' },
          },
          { from: '2025-12-18', to: '2026-01-06', zone: 'UTC', because: 'past', atStart: 'pause' },
        ],
        window: {
          ...{ open: true, why: 'Tue–Thu', until: '2026-03-04T15:12:00.000Z', startBy: null },
          ...{ closes: null, atClose: 'pause' },
        },
        maxFailed: 3,
        reconcile: { everyMs: 1_800_000, mode: 'report', maxMachines: 5 },
      },
    ),
    now,
    plain,
  );
  const lines = text.split('\n');
  expect(lines.filter((line) => line.includes('drained'))).toEqual([
    '    each is drained from lb-1 meanwhile (groups.web.around)',
    '    it is drained from lb-1 meanwhile (groups.mail.around)',
    '    it is drained from lb-1 before that (groups.web.around)',
  ]);
  const from = lines.findIndex((line) => line.startsWith('Order'));
  expect(`\n${lines.slice(from, lines.indexOf('', from)).join('\n')}\n`).toBe(`
Order                      db (1), mail (1) → web (1, soak 2m, 25 × 2, soak 2m, 9; watching error rate; 1 of a batch may fail; surge 2) → lb (1)
Budget                     at most 3 machines may fail
Agreement                  before the first batch: 2 of the approvers; within 4h, else the run is rolled back
                           before web: 1 of oncall, platform; not platform, who wrote it
                           after the canary of web: 1 of the approvers; or anybody by a plain message; or a pipeline's own approval
Window                     Tue–Thu 09:00–16:00 Europe/Berlin, begun by 15:00
                           Mon, Sat 22:00–04:00 UTC: open, closes 15:12Z (in 3h12m)
Freeze                     2026-12-18 to 2027-01-06 Europe/Berlin: holidays
Reconcile                  report every 30m
`);
});

it.each([
  [{ open: true, until: null }, 'at any time: open'],
  [
    { open: false, until: '2026-03-05T08:00:00.000Z' },
    'at any time: closed, opens 2026-03-05 08:00Z (in 20h00m)',
  ],
  [{ open: false, until: null }, 'at any time: closed, does not open within a year'],
  [
    { open: true, until: '2026-03-04T15:00:00.000Z', startBy: '2026-03-04T11:00:00.000Z' },
    'at any time: open, too late to begin, closes 15:00Z (in 3h00m)',
  ],
])('says how the window is now: %j', (state, line) => {
  const window = { why: '', startBy: null, closes: null, atClose: 'pause' as const, ...state };
  const freeze = {
    from: '2026-12-18',
    to: '2027-01-06',
    zone: 'UTC',
    because: 'x',
    atStart: 'pause' as const,
  };
  const text = renderPlan(plan([], { window, freezes: [freeze] }), now, plain);
  expect(text).toContain(`Window                     ${line}\n`);
});
