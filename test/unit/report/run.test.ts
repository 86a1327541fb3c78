import { describe, expect, it } from 'vitest';
import { plain, renderRun } from '../../../src/report/index.js';
import { digest, outcome, question, refusedFile, run } from './fixtures.js';

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
  const skipped = outcome('web-2', {
    outcome: 'skipped',
    reason: 'not started: web-1 failed',
    phases: [],
    counts: undefined,
  });
  const text = renderRun(
    run([outcome('db-1'), refusedFile, skipped], { outcome: 'failed', urls: [], temporalUrl: null }),
    plain,
  );
  expect(`\n${text}\n`).toBe(`
✔ db-1   verified                   6 ok · 1 changed                             1m02s
✖ web-1  failed at provision        6 ok · 0 changed · 1 failed · 1 not reached  1m02s
◌ web-2  not started: web-1 failed

✖ web-1  provision 7/8  file:/etc/nginx/conf.d/shop.conf                 MW-CHANGE-VALIDATE
    \`nginx -t\` exited 1 with the new file in place. The old file is back; nginx was not reloaded.
        nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5
    Cause    change: the contract is wrong, not the machine.
    State    6 ok · 0 changed · 1 failed · 1 not reached · nothing owed.
    Others   db-1 done. web-2 not started.
    What next, without a deadline:
        millwright up     goes on where it stopped; finished steps are only checked
    See      millwright render web-1 file:/etc/nginx/conf.d/shop.conf · millwright logs web-1

shop/prod  run 42  failed: 1 verified · 1 failed · 1 not started, 1m03s
`);
});

it('offers to take back a run that has ended badly where there is a way back', () => {
  const document = run([refusedFile], { outcome: 'stopped' });
  const machines = document.machines.map((one) => ({ ...one, wayBack: question().wayBack }));
  expect(renderRun({ ...document, machines }, plain, ' -e prod')).toContain(
    '        millwright rollback 42 -e prod     puts back what was verified before on all that this run changed',
  );
});

describe('an open question', () => {
  const waiting = (more: Parameters<typeof question>[0] = {}, flag = ''): string =>
    renderRun(
      run([outcome('db-1'), refusedFile], {
        outcome: null,
        durationMs: null,
        urls: [],
        temporalUrl: null,
        questions: [question(more)],
        notStarted: ['web-2', 'web-4'],
      }),
      plain,
      flag,
    );

  it('is told as the failure that asks it, with every answer and what it does', () => {
    expect(`\n${waiting()}\n`).toBe(`
✔ db-1   verified             6 ok · 1 changed                             1m02s
✖ web-1  failed at provision  6 ok · 0 changed · 1 failed · 1 not reached  1m02s

✖ web-1  provision 7/8  file:/etc/nginx/conf.d/shop.conf                 MW-CHANGE-VALIDATE
    \`nginx -t\` exited 1 with the new file in place. The old file is back; nginx was not reloaded.
        nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5
    Cause    change: the contract is wrong, not the machine. From files/shop.conf:5.
    State    6 ok · 0 changed · 1 failed · 1 not reached · nothing owed.
    Others   db-1 done. web-2, web-4 not started: web-1 failed, run 42 waits.
    Waiting for you, without a deadline:
        millwright up --supersede     with your fix committed: a new plan; runs this step and the next
        millwright retry 42 web-1     the same plan again, from this step
        millwright skip 42 web-1      leaves web-1 as it is and goes on without it
        millwright rollback 42        puts 8be0d17 back on web-1 and verifies it
        millwright stop 42            leaves all as it is
    See      millwright render web-1 file:/etc/nginx/conf.d/shop.conf · millwright logs web-1

shop/prod  run 42  waits for you: 1 verified · 1 failed · 2 not started
`);
  });

  it('names the environment in each command where it was named to us', () => {
    expect(waiting({}, ' -e prod')).toContain('        millwright retry 42 web-1 -e prod     the same plan');
  });

  it('offers to put back one machine or all where the run has changed others', () => {
    const text = waiting({ touched: ['db-1', 'web-1'] });
    expect(text).toContain(
      '        millwright rollback 42 web-1     puts 8be0d17 back on web-1 and verifies it; nothing more is started',
    );
    expect(text).toContain(
      '        millwright rollback 42           puts back what was verified before on db-1 web-1 and verifies it',
    );
  });

  it('says why a machine cannot be put back', () => {
    const rungs = [{ rung: 'restore' as const, unreachable: 'command:migrate can’t be undone' }];
    expect(waiting({ wayBack: { bundle: digest('a'), commit: null, rungs } })).toContain(
      "millwright rollback 42        can't put web-1 back: command:migrate can’t be undone",
    );
  });

  it('says by which rung it would go, and what is lost by it', () => {
    const rungs = [
      { rung: 'restore' as const, unreachable: 'command:migrate can’t be undone' },
      { rung: 'snapshot' as const, discards: 'all that was written since' },
    ];
    expect(waiting({ wayBack: { bundle: digest('a'), commit: null, rungs } })).toContain(
      'millwright rollback 42        puts bundle aaaaaaaa back on web-1 by snapshot and verifies it; discards all that was written since',
    );
  });

  it('offers only what the run would take', () => {
    const text = waiting({ answers: ['retry', 'stop'], touched: ['db-1', 'web-1'] });
    expect(text).not.toMatch(/millwright (skip|rollback) 42 web-1/);
    expect(text).toContain('millwright rollback 42    ');
  });
});

describe('a rollback', () => {
  const back = outcome('web-1', {
    outcome: 'rolled-back-verified',
    phase: 'provision',
    failure: refusedFile.failure,
    counts: undefined,
    rollback: { to: digest('a'), rungs: [{ rung: 'restore', done: true }] },
  });

  it('that was verified says why it was needed, and what comes next', () => {
    const text = renderRun(
      run([back], { outcome: 'rolled-back-verified', urls: [], temporalUrl: null }),
      plain,
    );
    expect(`\n${text}\n`).toBe(`
↶ web-1  rolled back, verified: by restore    1m02s

↶ web-1  provision  file:/etc/nginx/conf.d/shop.conf                     MW-CHANGE-VALIDATE
    \`nginx -t\` exited 1 with the new file in place. The old file is back; nginx was not reloaded.
        nginx: [emerg] unknown directive "proxy_pas" in /etc/nginx/conf.d/shop.conf:5
    Cause    change: the contract is wrong, not the machine.
    State    nothing owed.
    Tried    restore: done
    What next, without a deadline:
        millwright up     with a fix committed; this revision only with --again
    See      millwright render web-1 file:/etc/nginx/conf.d/shop.conf · millwright logs web-1

shop/prod  run 42  rolled back, verified: 1 rolled back, verified, 1m03s
`);
  });

  it('that failed says what was tried, that the machine is left as it is, and who answered', () => {
    const failed = outcome('web-1', {
      outcome: 'rollback-failed',
      phase: 'verify',
      counts: undefined,
      failure: { code: 'MW-VERIFY-FAILED', cause: 'machine', message: 'tcp 80 is closed.' },
      rollback: {
        to: digest('a'),
        rungs: [
          { rung: 'restore', done: true },
          { rung: 'snapshot', done: false, why: 'none was taken' },
        ],
      },
    });
    const answers = [
      { answer: 'rollback', machine: null, by: 'platform', reason: 'checkout answers 500', at: 'x' } as const,
    ];
    const text = renderRun(
      run([failed], { outcome: 'rollback-failed', urls: [], temporalUrl: null, answers }),
      plain,
    );
    expect(`\n${text}\n`).toBe(`
✖ web-1  rollback failed at verify    1m02s

✖ web-1  verify                                                          MW-VERIFY-FAILED
    tcp 80 is closed.
    Cause    machine: this machine is at fault; others may do well with the same contract.
    State    nothing owed.
    Tried    restore: done · snapshot: not done, none was taken
    What next, without a deadline:
        millwright ssh web-1     look now: it is left as the last attempt left it
        millwright up            with a fix committed: goes on from what is there
    See      millwright logs web-1

shop/prod  run 42  rollback failed: 1 rollback failed, 1m03s
Answered  rollback by platform: checkout answers 500
`);
  });
});

it('says how long it was tried to prove a machine ready', () => {
  const unready = outcome('web-2', {
    outcome: 'failed',
    phase: 'ready',
    counts: undefined,
    failure: { code: 'MW-READY-HOSTKEY', cause: 'machine', message: 'Another machine answers.' },
    phases: [
      {
        phase: 'ready',
        state: 'failed',
        startedAt: '2026-03-04T11:55:00.000Z',
        endedAt: '2026-03-04T11:59:00.000Z',
      },
    ],
  });
  expect(renderRun(run([unready], { outcome: 'failed' }), plain)).toContain(
    '✖ web-2  ready  unproven after 4m00s                                     MW-READY-HOSTKEY\n',
  );
});
