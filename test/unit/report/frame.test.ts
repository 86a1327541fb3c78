import { expect, it } from 'vitest';
import { type FrameView, frame, plain } from '../../../src/report/index.js';
import { digest, now, openGate } from './fixtures.js';

const at = (seconds: number): string => new Date(now - seconds * 1000).toISOString();

const view: FrameView = {
  fleet: 'shop',
  environment: 'prod',
  run: 42,
  plan: digest('7'),
  commit: '3f2a9c1d',
  startedBy: 'platform',
  startedAt: at(200),
  groups: [
    {
      group: 'db',
      after: [],
      total: 1,
      done: 1,
      failed: 0,
      state: 'done',
      machines: [
        {
          machine: 'db-1',
          state: 'done',
          phase: null,
          text: 'verified',
          startedAt: at(200),
          endedAt: at(70),
        },
      ],
    },
    {
      group: 'web',
      after: ['db'],
      total: 3,
      done: 1,
      failed: 0,
      state: 'running',
      machines: [
        { machine: 'web-1', state: 'done', phase: null, text: 'verified', startedAt: at(70), endedAt: at(8) },
        {
          machine: 'web-2',
          state: 'running',
          phase: 'provision',
          text: '7/8   file:/etc/nginx/conf.d/shop.conf',
          startedAt: at(14),
          endedAt: null,
        },
      ],
    },
    { group: 'lb', after: ['web'], total: 1, done: 0, failed: 0, state: 'waiting', machines: [] },
  ],
  tail: ['web-2 │ ~ changed  file:/etc/nginx/conf.d/shop.conf'],
  temporalUrl: null,
  question: [],
  ...{ gates: [], paused: null, window: null, typed: { run: '42', flag: ' -e prod' } },
  keys: 'd detach   s stop after this step',
};

it('is one picture: groups in order, machines of those that run, the last events, keys', () => {
  expect(`\n${frame(view, now, { width: 120, height: 40 }, plain)}\n`).toBe(`
shop/prod  run 42  plan 77777777  3f2a9c1          3m20s elapsed · started by platform
✔ db     1/1   db-1 verified                                               2m10s
● web    1/3
   ✔ web-1     verified                                                    1m02s
   ● web-2     provision 7/8   file:/etc/nginx/conf.d/shop.conf              14s
   … 1 more
◌ lb     waits for web

web-2 │ ~ changed  file:/etc/nginx/conf.d/shop.conf
d detach   s stop after this step
`);
});

it('never writes over the edge of the terminal', () => {
  const lines = frame(view, now, { width: 40, height: 40 }, plain).split('\n');
  expect(lines.filter((line) => line.length > 40)).toEqual([]);
});

it('shows which batch soaks, what holds the run, and the open gate with who may answer and what to type', () => {
  const [, web] = view.groups;
  if (!web) throw new Error('the fixture has groups');
  const soaking = {
    ...{ ...web, state: 'soaking' as const, machines: [], total: 0, soaksUntil: '2026-03-04T12:02:00.000Z' },
    ...{ batch: { n: 2, of: 3 }, budget: { failed: 0, maxFailed: 0 } },
  };
  const window = { until: '2026-03-04T16:00:00.000Z', startBy: null, closes: null, why: 'weekly' };
  const text = frame(
    {
      ...{ ...view, tail: [], keys: '', gates: [openGate], groups: [soaking] },
      paused: { by: 'ada', reason: 'looking', at: at(120) },
      window: { ...window, open: true, atClose: 'pause' },
    },
    now,
    { width: 140, height: 40 },
    plain,
  );
  expect(`\n${text}\n`).toBe(`
shop/prod  run 42  plan 77777777  3f2a9c1          3m20s elapsed · started by platform · window closes 16:00Z (in 4h00m), then it pauses
‖ paused by ada 2 min ago: looking   millwright resume 42 -e prod
● web    1/0   batch 2 of 3 · failed 0 of 0 allowed · soaks until 12:02Z (in 2m00s): skip with millwright promote 42 -e prod

? gate canary:web  0 of 2 approvals · open since 11:57Z, 3 min ago · there is no deadline
    who   platform, oncall
    type  millwright approve 42 canary:web -e prod   agrees, signed with your SSH key
          millwright reject 42 canary:web -e prod    ends the run; what is done stays
`);
});
