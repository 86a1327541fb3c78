import { expect, it } from 'vitest';
import { plain, renderPlan } from '../../../src/report/index.js';
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
