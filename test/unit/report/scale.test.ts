import { describe, expect, it } from 'vitest';
import type { MachineOutcome } from '../../../src/model/index.js';
import {
  type FrameView,
  frame,
  type HistoryDocument,
  type HistoryEntry,
  type MachineProgress,
  plain,
  renderHistories,
  renderRun,
  renderStatus,
} from '../../../src/report/index.js';
import { digest, now, outcome, question, refusedFile, run, status } from './fixtures.js';

/** What a person takes in without scrolling, and what every text here stays within. */
const LINES = 40;

const web = (count: number): string[] => Array.from({ length: count }, (_, n) => `web-${n + 1}`);
const lines = (text: string): string[] => text.split('\n');

const failing = (machine: string, message: string): MachineOutcome => ({
  ...refusedFile,
  machine,
  failure: { code: 'MW-CHANGE-COMMAND', cause: 'change', step: 'command:x', message, detail: [message] },
});

describe.each([1000, 10_000])('of %i machines', (size) => {
  const names = web(size);

  it('status is a line per class, failures first', () => {
    const [first] = status().machines;
    if (!first) throw new Error('the fixture has machines');
    const machines = names.map((machine, n) => {
      const state = n === 97 ? 'failed' : n % 500 === 0 ? 'owed' : 'verified';
      return { ...first, machine, group: 'web', state, debts: n === 97 ? ['reload service:nginx'] : [] };
    });
    const text = lines(renderStatus(status({ machines, urls: [] }), now, plain));
    expect(text.length).toBeLessThan(LINES);
    expect(text[2]).toMatch(/^✖ web-98 +failed .* 1 machine$/);
    expect(text[3]).toMatch(/^\? web-\[1,501.* owed .* \d+ machines$/);
    expect(text[4]).toMatch(/^✔ web-\[2-97,99-500,.* verified .* \d+ machines$/);
    expect(text[5]).toBe('! web-98 owes reload service:nginx: the next `millwright up` pays it');
  });

  it('status stays short when every machine is in a state of its own', () => {
    const [first] = status().machines;
    if (!first) throw new Error('the fixture has machines');
    const machines = names.map((machine, n) => ({
      ...{ ...first, machine, run: n, debts: [`handler ${n}`], hold: { reason: `because of ${n}` } },
    }));
    const urls = names.map((machine) => ({ machine, port: 80, url: `http://127.0.0.1/${machine}` }));
    const questions = names.map((machine) => question({ machine, detail: failing(machine, 'no') }));
    const running = { run: 42, change: '01JZ', verb: 'up' };
    const text = lines(renderStatus(status({ machines, urls, questions, running }), now, plain));
    expect(text.length).toBeLessThan(2 * LINES);
  });

  it('a run tells each kind of failure once, with all machines that share it', () => {
    const outcomes = names.map((machine, n) =>
      n % 10 === 3
        ? failing(machine, `${machine}: port ${n} is taken`)
        : n === 10
          ? failing(machine, 'disk full')
          : outcome(machine),
    );
    const text = renderRun(run(outcomes, { outcome: 'failed', urls: [] }), plain);
    expect(lines(text).length).toBeLessThan(LINES);
    expect(lines(text)[0]).toMatch(
      new RegExp(`^✖ web-\\[4,.* more +failed at provision, .* ${size / 10 + 1} machines$`),
    );
    expect(text.match(/command:x +MW-CHANGE-COMMAND/g)).toHaveLength(2);
    expect(text).toContain(`${size / 10 - 1} machines more`);
  });

  it('a run that asks about many machines shows one question of a kind, and what answers all', () => {
    const questions = names.map((machine) => question({ machine, detail: failing(machine, 'no') }));
    const text = renderRun(run([], { outcome: null, questions, urls: [] }), plain);
    expect(lines(text).length).toBeLessThan(LINES);
    expect(text).toContain(
      `: ${size - 1} machines more; \`millwright retry 42\` or skip answers all of them`,
    );
  });

  it('history tells once what happened to many alike, and counts what no page holds', () => {
    const entry = (machine: string, n: number): HistoryEntry => ({
      ...{
        run: 42,
        change: 'C',
        verb: 'up',
        commit: null,
        startedBy: 'ada',
        startedAt: '2026-03-04T11:48:00.000Z',
      },
      ...{
        machine,
        outcome: 'applied',
        phase: null,
        reason: null,
        failure: null,
        of: null,
        answers: [],
        votes: [],
      },
      receipts: [{ step: 'file:/etc/motd', hash: 'h', state: 'changed', durationMs: n }],
    });
    const document = (machine: string, n: number): HistoryDocument => ({
      ...{ schema: 'millwright/history/v1', fleet: 'shop', environment: 'prod', machine, id: null },
      entries: [entry(machine, n)],
    });
    const alike = lines(renderHistories(names.map(document), plain));
    expect(alike).toHaveLength(3);
    expect(alike[0]).toBe(`shop/prod web-[1-${size}]  (${size} machines)`);
    const differing = names.map((machine, n) => ({ ...document(machine, n), fleet: `shop${n}` }));
    const text = lines(renderHistories(differing, plain));
    expect(text.length).toBeLessThanOrEqual(LINES + 1);
    expect(text.at(-1)).toMatch(/^… \d+ machines more/);
  });

  it('the frame shows failures, what runs and classes, and never more than the terminal holds', () => {
    const machines = names.slice(0, -100).map((machine, n): MachineProgress => {
      const [state, text] =
        n % 50 === 7
          ? (['failed', `provision MW-CHANGE-COMMAND: ${machine}: port ${n} is taken`] as const)
          : n < 40
            ? (['running', `${n}/99 file:/etc/motd`] as const)
            : (['done', 'verified'] as const);
      return { machine, state, text, phase: 'provision', startedAt: null, endedAt: null };
    });
    const group = { group: 'web', after: [], total: size, done: 0, failed: 0, state: 'running' as const };
    const view: FrameView = {
      ...{ fleet: 'shop', environment: 'prod', run: 42, plan: digest('7'), commit: null, tail: [], keys: '' },
      ...{ startedBy: 'ada', startedAt: new Date(now).toISOString(), temporalUrl: null, question: [] },
      ...{ gates: [], paused: null, window: null, typed: { run: '42', flag: '' } },
      groups: [{ ...group, machines, batch: { n: 2, of: 3 }, budget: { failed: 20, maxFailed: 30 } }],
    };
    const text = lines(frame(view, now, { width: 110, height: 24 }, plain));
    expect(text).toHaveLength(6);
    expect(text[1]).toMatch(/^● web {4}0\/\d+ {1,2}batch 2 of 3 · failed 20 of 30 allowed$/);
    expect(text[2]).toMatch(
      /^ {3}✖ web-\[8,58,.* provision MW-CHANGE-COMMAND: <machine>: port <n> is ta.* machines$/,
    );
    expect(text[3]).toMatch(/^ {3}● web-\[1-7,9-40\] +provision +39 machines$/);
    expect(text[4]).toMatch(/^ {3}✔ web-\[41-57,59-.* verified +\d+ machines$/);
    expect(text[5]).toBe('   … 100 more');
    const many = web(60).map((name, n) => ({
      ...{ ...group, group: name, machines: machines.slice(0, 300), total: 300 },
      state: (['done', 'running', 'waiting', 'failed'] as const)[n % 4] ?? 'done',
    }));
    const small = lines(frame({ ...view, groups: many }, now, { width: 80, height: 24 }, plain));
    expect(small.length).toBeLessThanOrEqual(24);
    expect(small.join('\n')).toContain('15 groups waiting');
    expect(small.filter((line) => line.length > 80)).toEqual([]);
  });
});
