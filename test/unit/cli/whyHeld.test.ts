import { describe, expect, it } from 'vitest';
import { reasonsOf } from '../../../src/cli/why/reasons.js';
import { whyText } from '../../../src/cli/why/text.js';
import type { ActiveFacts, MachineFacts, Reason, WhyFacts, WhyRun } from '../../../src/cli/why/types.js';
import { plain } from '../../../src/report/index.js';
import type { GateProgress, GroupProgress, RolloutProgress } from '../../../src/workflows/types.js';
import { outcome } from '../report/fixtures.js';

const at = '2026-03-04T12:00:00.000Z';
const ago = (seconds: number): string => new Date(Date.parse(at) - seconds * 1000).toISOString();

const whyRun: WhyRun = {
  ...{ run: 42, change: '01JZB2V5Q8K4T7W9X3C6D1E0FA', verb: 'up', startedBy: 'platform' },
  ...{ startedAt: ago(600), outcome: null },
};

const web = (more: Partial<GroupProgress> = {}): GroupProgress => ({
  ...{ group: 'web', after: [], state: 'running', machines: 4, counts: {}, batches: [] },
  ...more,
});

const gate = (more: Partial<GateProgress> = {}): GateProgress => ({
  ...{ id: 'canary:web', approvals: 2, from: [], onTimeout: 'stop', unsigned: false, external: false },
  ...{ state: 'open', since: ago(180), votes: [], waitsFor: ['platform', 'oncall'], authorUnverified: false },
  ...more,
});

const running = (more: Partial<RolloutProgress>): ActiveFacts => ({
  ...{ run: whyRun, silent: null, questions: [], running: new Map(), planned: new Set(['web-1', 'web-2']) },
  progress: { changeId: whyRun.change, intent: 'i', groups: [web()], questions: [], answered: [], ...more },
});

const facts = (more: Partial<WhyFacts>): WhyFacts => ({
  ...{ at, place: 'shop/prod', flag: ' -e prod', engineSilent: null, control: { lastSeen: ago(3) } },
  ...{ active: null, ended: null, machines: [], ofRun: true },
  ...more,
});

const machine = (name: string, more: Partial<MachineFacts> = {}): MachineFacts => ({
  ...{ machine: name, group: 'web', site: 'main', row: null, work: null, done: null, last: null },
  next: { action: 'nothing', reason: null, refused: null },
  ...more,
});

const only = (given: WhyFacts): Reason => {
  const all = reasonsOf(given);
  expect(all.map((one) => one.kind)).toHaveLength(1);
  return all[0] as Reason;
};

const typed = (one: Reason): string[] => one.commands.map(({ command }) => command);

describe('a gate', () => {
  const held = running({ groups: [web({ state: 'gated' })], gates: [gate({ deadline: ago(-1620) })] });

  it('says what it lacks, since when, who may answer until when, and what to type', () => {
    const vote = { changeId: 'C', id: 'V', gate: 'canary:web', at: ago(60) };
    const votes = [{ ...vote, decision: 'approve', by: 'ada', how: 'signed' } as const];
    const one = only(
      facts({ active: running({ groups: [], gates: [gate({ votes, deadline: ago(-1620) })] }) }),
    );
    expect(one.waitsFor).toBe(
      'agreement after the canary of web, gate canary:web: 1 of 2 approvals: approved by ada (signed)',
    );
    expect(one.release).toBe('platform, oncall');
    expect(one.since).toBe(ago(180));
    expect(one.next).toBe('nothing behind it is begun; until 12:27Z (in 27m00s), then the run stops');
    expect(typed(one)).toEqual([
      'millwright approve 42 canary:web -e prod',
      'millwright reject 42 canary:web -e prod',
    ]);
  });

  it('says that a plain message will do, and that nobody proves the author', () => {
    const plainGate = gate({ unsigned: true, external: true, waitsFor: [], authorUnverified: true });
    const one = only(facts({ active: running({ groups: [], gates: [plainGate] }) }));
    expect(one.release).toBe(
      'a pipeline that names its own approval, or whoever may write to the Temporal namespace, unsigned; nothing proves who wrote the change',
    );
    expect(typed(one)).toEqual([
      'millwright approve 42 canary:web --unsigned -e prod',
      'millwright approve 42 canary:web --external URL -e prod',
      'millwright reject 42 canary:web -e prod',
    ]);
  });

  it('holds up the machines of its group and no others', () => {
    const both = { ofRun: false, active: { ...held, planned: new Set(['web-2', 'db-1']) } };
    expect(only(facts({ ...both, machines: [machine('web-2')] }))).toMatchObject({
      ...{ kind: 'gate', machine: 'web-2' },
    });
    const other = reasonsOf(facts({ ...both, machines: [machine('db-1', { group: 'db' })] }));
    expect(other.map((one) => one.kind)).toEqual(['absent']);
  });

  it('can be asked about by its name, whether it was reached or answered or neither', () => {
    expect(only(facts({ active: held, gate: 'canary:web' })).kind).toBe('gate');
    const rejected = gate({
      state: 'rejected',
      votes: [
        {
          ...{ changeId: 'C', id: 'V', gate: 'canary:web', at },
          decision: 'reject',
          by: 'bob',
          how: 'signed',
        },
      ],
    });
    expect(only(facts({ active: running({ gates: [rejected] }), gate: 'canary:web' })).waitsFor).toBe(
      'nothing at gate canary:web: it is rejected (rejected by bob (signed))',
    );
    expect(only(facts({ active: held, gate: 'group:db' })).waitsFor).toBe(
      'the run to come there: gate group:db has not been reached; reached were canary:web',
    );
    expect(only(facts({ gate: 'group:db' })).waitsFor).toContain('no run is active');
  });
});

describe('what holds a run though nobody failed', () => {
  it('is a soak, which anybody may end', () => {
    const soaking = web({ state: 'soaking', sizes: [1, 3], batch: 0, soaksUntil: ago(-120), maxFailed: 0 });
    const one = reasonsOf(facts({ active: running({ groups: [soaking] }) }))[0];
    expect(one).toMatchObject({ kind: 'soak', group: 'web' });
    expect(one?.waitsFor).toBe('the end of its soak: batch 1 of 2 · failed 0 of 0 allowed');
    expect(one?.next).toContain('until 12:02Z (in 2m00s): then the next batch begins');
    expect(one && typed(one)).toEqual(['millwright promote 42 --group web -e prod']);
  });

  it('is a pause, by whom and why; its turn is no reason then', () => {
    const active = running({ paused: { by: 'ada', reason: 'looking at web-1', at: ago(60) } });
    const one = only(facts({ active }));
    expect(one.waitsFor).toBe('somebody to resume it: ada paused it (looking at web-1)');
    expect(typed(one)).toEqual(['millwright resume 42 -e prod']);
  });

  it('is a window that is closed, or a freeze: until when, and who may override it', () => {
    const window = {
      open: false,
      why: 'freeze: holidays',
      until: '2026-03-05T08:00:00.000Z',
      atClose: 'pause',
    };
    const one = only(facts({ active: running({ window: { ...window, atClose: 'pause' } }) }));
    expect(one.waitsFor).toBe('its window: closed until 2026-03-05 08:00Z (in 20h00m): freeze: holidays');
    expect(typed(one)[0]).toBe('millwright approve 42 --override --reason WHY -e prod');
    const open = running({ window: { open: true, why: 'weekly', atClose: 'pause' } });
    expect(reasonsOf(facts({ active: open })).map((each) => each.kind)).toEqual(['turn']);
  });

  it('is said of a machine that stays drained', () => {
    const failed = outcome('web-1', { outcome: 'failed', drained: 'lb-1' });
    const kinds = reasonsOf(facts({ ofRun: false, machines: [machine('web-1', { last: failed })] }));
    expect(kinds.find((one) => one.kind === 'drained')?.waitsFor).toBe(
      'its verification: until then it stays drained from lb-1',
    );
  });
});

describe('why of a thousand machines', () => {
  const document = (reasons: readonly Reason[]) => ({
    ...{ schema: 'millwright/why/v1' as const, fleet: 'shop', environment: 'prod', at, engine: 'x:7233' },
    ...{ run: whyRun, reasons, notes: [], exit: 0 },
  });
  const names = Array.from({ length: 1000 }, (_, n) => `web-${n + 1}`);

  it('tells once what many wait for, for all of them', () => {
    const active = {
      ...running({ groups: [web({ state: 'gated' })], gates: [gate()] }),
      planned: new Set(names),
    };
    const machines = names.map((name) => machine(name));
    const text = whyText(document(reasonsOf(facts({ ofRun: false, active, machines }))), plain).split('\n');
    expect(text.length).toBeLessThan(12);
    expect(text[2]).toMatch(/^◌ web-\[1-1000\] {2}\(1000 machines\) {2}waits for agreement/);
  });

  it('stays within a page when each waits for something else', () => {
    const machines = names.map((name, n) =>
      machine(name, { done: outcome(name, { reason: `x${'y'.repeat(n)}` }) }),
    );
    const text = whyText(document(reasonsOf(facts({ ofRun: false, machines }))), plain).split('\n');
    expect(text.length).toBeLessThan(50);
    expect(text.at(-1)).toBeDefined();
  });
});
