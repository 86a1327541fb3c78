import { expect, it } from 'vitest';
import { plain, renderRun } from '../../../src/report/index.js';
import { outcome, run } from './fixtures.js';

it('ends a good run with URLs', () => {
  expect(`\n${renderRun(run([outcome('db-1'), outcome('web-1')]), plain)}\n`).toBe(`
✔ db-1   verified  6 ok · 1 changed  1m02s
✔ web-1  verified  6 ok · 1 changed  1m02s

shop/prod  run 42  succeeded: 2 verified, 1m03s
web-1:80  http://127.0.0.1:34567
Temporal  http://127.0.0.1:8233/namespaces/default/workflows/rollout%2Fshop%2Fprod
`);
});

it('says in one line that there was nothing to do, and how much was proved', () => {
  const aligned = {
    outcome: 'aligned' as const,
    counts: { ok: 9, changed: 0, failed: 0, skipped: 0, interrupted: 0, notReached: 0 },
    phases: [],
  };
  const text = renderRun(
    run([outcome('db-1', aligned), outcome('web-1', aligned)], {
      durationMs: 3100,
      urls: [],
      temporalUrl: null,
    }),
    plain,
  );
  expect(text).toBe(`= db-1   nothing to do  9 ok · 0 changed
= web-1  nothing to do  9 ok · 0 changed

shop/prod  run 42  nothing to do: 18 resources ok on 2 machines, 3.1s`);
});

it('tells of a failure where, what, cause, state, others and what to type next', () => {
  const failed = outcome('web-1', {
    outcome: 'failed',
    phase: 'provision',
    counts: { ok: 6, changed: 0, failed: 1, skipped: 0, interrupted: 0, notReached: 1 },
    failure: {
      code: 'MW-CHANGE-VALIDATE',
      cause: 'change',
      step: 'file:/etc/nginx/conf.d/shop.conf',
      message:
        '`nginx -t` exited 1 with the new file in place. The old file is back; nginx was not reloaded.',
      detail: ['nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5'],
    },
  });
  const skipped = outcome('web-2', {
    outcome: 'skipped',
    reason: 'not started: web-1 failed',
    phases: [],
    counts: undefined,
  });
  const text = renderRun(
    run([outcome('db-1'), failed, skipped], { outcome: 'failed', urls: [], temporalUrl: null }),
    plain,
  );
  expect(`\n${text}\n`).toBe(`
✔ db-1   verified                   6 ok · 1 changed                             1m02s
✖ web-1  failed at provision        6 ok · 0 changed · 1 failed · 1 not reached  1m02s
◌ web-2  not started: web-1 failed

✖ web-1  provision 7/8  file:/etc/nginx/conf.d/shop.conf                          MW-CHANGE-VALIDATE
    \`nginx -t\` exited 1 with the new file in place. The old file is back; nginx
    was not reloaded.
        nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5
    Cause    change: the contract is wrong, not the machine.
    State    6 ok · 0 changed · 1 failed · 1 not reached
    Others   db-1 verified. web-2 not started.
    What next, without a deadline:
        millwright up -e prod    goes on where it stopped; finished steps are only checked
    See      millwright render web-1 file:/etc/nginx/conf.d/shop.conf ·
             millwright logs web-1 · millwright history web-1

shop/prod  run 42  failed: 1 verified · 1 failed · 1 not started, 1m03s
`);
});
