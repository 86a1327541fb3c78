import { describe, expect, it } from 'vitest';
import { eventsOf, nothingTold } from '../../../src/cli/run/events.js';
import { waitsFor } from '../../../src/cli/run/follow.js';
import { governedBy } from '../../../src/cli/run/governed.js';
import type { Snapshot, StepNow } from '../../../src/cli/run/snapshot.js';
import { groupsOf } from '../../../src/cli/run/view.js';
import type { MachineOutcome, PhaseReport } from '../../../src/model/index.js';
import type { GateProgress, RolloutProgress } from '../../../src/workflows/types.js';

const now = '2026-03-04T12:00:00.000Z';
const look: PhaseReport = { phase: 'look', state: 'done', reason: '1 differ', startedAt: now, endedAt: now };
const provision: PhaseReport = { phase: 'provision', state: 'running', startedAt: now };

function snapshot(more: { done?: MachineOutcome[]; phases?: PhaseReport[]; step?: StepNow } = {}): Snapshot {
  const done = more.done ?? [];
  const running = done.length > 0 ? [] : ['web-1'];
  return {
    progress: {
      run: 3,
      changeId: 'C',
      intent: 'i',
      questions: [],
      answered: [],
      groups: [{ group: 'web', after: ['db'], state: 'running', machines: 2, counts: {}, batches: ['b'] }],
    },
    groups: [{ group: 'web', running, done }],
    phases: new Map(running.map((name) => [name, more.phases ?? [look, provision]])),
    steps: new Map(more.step ? [['web-1', more.step]] : []),
  };
}

const lines = (told: ReturnType<typeof nothingTold>, one: Snapshot): string[] =>
  eventsOf(one, told, now).map((event) =>
    [event.machine, event.phase, event.result, event.id, event.text, event.code].filter(Boolean).join(' '),
  );

describe('events', () => {
  it('tell each thing once, however often one looks', () => {
    const told = nothingTold();
    const step = { step: 'file:/etc/motd', index: 7, total: 8 };
    expect(lines(told, snapshot())).toEqual([
      'running run 3',
      'web-1 look done 1 differ',
      'web-1 provision running',
    ]);
    expect(lines(told, snapshot({ step }))).toEqual(['web-1 provision running file:/etc/motd 7/8']);
    expect(lines(told, snapshot({ step }))).toEqual([]);
  });

  it('tell a new try of the same step, with the reason', () => {
    const told = nothingTold();
    const step = { step: 'ssh' };
    lines(told, snapshot({ step }));
    const again = { ...step, retry: { attempt: 2, message: 'no answer' } };
    expect(lines(told, snapshot({ step: again }))).toEqual(['web-1 provision running ssh try 2: no answer']);
  });

  it('tell the end of a machine with what was missed before it', () => {
    const told = nothingTold();
    lines(told, snapshot());
    const failure = {
      code: 'MW-CHANGE-COMMAND',
      cause: 'change',
      message: 'exited 3',
      step: 'command:x',
    } as const;
    const phases: PhaseReport[] = [look, { ...provision, state: 'failed', reason: 'exited 3', endedAt: now }];
    const done: MachineOutcome = { machine: 'web-1', outcome: 'failed', phase: 'provision', failure, phases };
    expect(lines(told, snapshot({ done: [done] }))).toEqual([
      'web-1 provision failed command:x exited 3 MW-CHANGE-COMMAND',
    ]);
    expect(lines(told, snapshot({ done: [done] }))).toEqual([]);
  });
});

describe('questions', () => {
  const outcome: MachineOutcome = {
    machine: 'web-1',
    outcome: 'failed',
    phase: 'provision',
    failure: { code: 'MW-CHANGE-COMMAND', cause: 'change', message: 'exited 3', step: 'command:x' },
    phases: [],
  };
  const asking = (more: Partial<RolloutProgress>): Snapshot => {
    const one = snapshot({ done: [outcome] });
    const question = { ...{ machine: 'web-1', group: 'web', since: now, outcome }, attempt: 1 };
    const questions = [{ ...question, answers: ['retry', 'stop'] as const }];
    const groups = one.progress.groups.map((group) => ({ ...group, state: 'asking' as const }));
    return { ...one, progress: { ...one.progress, groups, questions, ...more } };
  };

  it('are told once when they open, and so is each answer', () => {
    const told = nothingTold();
    lines(told, snapshot({ done: [outcome] }));
    expect(lines(told, asking({}))).toEqual([
      'web-1 provision asking command:x retry | stop MW-CHANGE-COMMAND',
    ]);
    expect(lines(told, asking({}))).toEqual([]);
    const answered = [
      { answer: 'retry' as const, machine: 'web-1', by: 'ada', reason: 'mirror is back', at: now },
    ];
    expect(lines(told, asking({ questions: [], answered }))).toEqual([
      'web-1 answered retry by ada: mirror is back',
    ]);
    expect(lines(told, asking({ questions: [], answered }))).toEqual([]);
  });

  it('open again when the next attempt fails, too', () => {
    const told = nothingTold();
    lines(told, asking({}));
    const [first] = asking({}).progress.questions;
    if (!first) throw new Error('a question is open');
    const again = { ...first, attempt: 2, outcome: { ...outcome, attempt: 2 } };
    expect(lines(told, asking({ questions: [again] }))).toHaveLength(1);
  });

  it('end the wait only when nothing of the run goes on', () => {
    const [group] = asking({}).progress.groups;
    if (!group) throw new Error('there is a group');
    expect(waitsFor(asking({}))).not.toBe('');
    expect(waitsFor(asking({ questions: [] }))).toBe('');
    expect(waitsFor(asking({ stopping: { by: 'ada' } }))).toBe('');
    expect(waitsFor(asking({ rollingBack: { by: 'ada' } }))).toBe('');
    expect(waitsFor(asking({ groups: [{ ...group, state: 'running' }] }))).toBe('');
    expect(waitsFor({ ...asking({}), groups: [{ group: 'db', running: ['db-1'], done: [] }] })).toBe('');
  });

  it('a rollback of the run is told once', () => {
    const told = nothingTold();
    lines(told, asking({}));
    expect(lines(told, asking({ rollingBack: { by: 'ada' } }))).toEqual(['rolling back asked by ada']);
    expect(lines(told, asking({ rollingBack: { by: 'ada' } }))).toEqual([]);
  });
});

describe('gates, batches, pauses and windows', () => {
  const [base] = snapshot().progress.groups;
  if (!base) throw new Error('there is a group');
  const web = { ...base, sizes: [1, 3], maxFailed: 0 };
  const vote = {
    changeId: 'C',
    id: 'V',
    gate: 'canary:web',
    decision: 'approve',
    by: 'ada',
    how: 'signed',
    at: now,
  } as const;
  const gate: GateProgress = {
    ...{ id: 'canary:web', approvals: 1, from: [], onTimeout: 'stop', unsigned: false, external: false },
    ...{ state: 'open', since: now, votes: [], waitsFor: ['ada'], authorUnverified: false },
  };
  const at = (more: Partial<RolloutProgress>): Snapshot => ({
    ...{ phases: new Map(), steps: new Map(), groups: [{ group: 'web', running: [], done: [] }] },
    progress: { ...snapshot().progress, groups: [web], ...more },
  });

  it('are told once each, in the order in which they happen', () => {
    const told = nothingTold();
    const seen = [
      at({ groups: [{ ...web, batch: 0 }] }),
      at({ groups: [{ ...web, batch: 0, state: 'soaking', soaksUntil: '2026-03-04T12:02:00.000Z' }] }),
      at({ groups: [{ ...web, batch: 0, state: 'gated' }], gates: [gate] }),
      at({ groups: [{ ...web, batch: 0 }], gates: [{ ...gate, state: 'approved', votes: [vote] }] }),
      at({ groups: [{ ...web, batch: 1 }], paused: { by: 'bob', reason: 'lunch', at: now } }),
      at({ groups: [{ ...web, batch: 1 }], window: { open: false, why: 'weekly', atClose: 'pause' } }),
      at({
        groups: [{ ...web, batch: 1, state: 'done' }],
        window: { open: true, why: 'weekly', atClose: 'pause' },
      }),
    ].flatMap((one) => [...lines(told, one), ...lines(told, one)]);
    expect(seen).toEqual([
      'running run 3',
      'batch begins web batch 1 of 2: 1 machine',
      'soaking web batch 1 of 2 until 12:02Z (in 2m00s)',
      'gate open canary:web after the canary of web: needs 1 approval; may answer: ada',
      'vote canary:web approved by ada (signed)',
      'gate approved canary:web',
      'paused by bob: lunch',
      'batch ended web batch 1 of 2',
      'batch begins web batch 2 of 2: 3 machines',
      'resumed',
      'window closed weekly',
      'window open open',
      'batch ended web batch 2 of 2',
    ]);
  });

  it('are not told of a batch that waits to begin', () => {
    const told = nothingTold();
    const waiting = { ...web, batch: 0, state: 'waiting' as const };
    expect(lines(told, at({ groups: [waiting] }))).toEqual(['running run 3']);
    expect(lines(told, at({ groups: [{ ...waiting, state: 'gated' }] }))).toEqual([]);
    expect(lines(told, at({ groups: [{ ...waiting, state: 'running' }] }))).toEqual([
      'batch begins web batch 1 of 2: 1 machine',
    ]);
  });

  it('tell of a window as such: nobody is asked to agree, and nobody paused it', () => {
    const window = { open: false, why: 'weekly', atClose: 'pause' } as const;
    const override = { ...gate, id: 'window', waitsFor: ['ada', 'bob'] };
    const paused = { by: 'window', reason: 'weekly', at: now };
    const outside = at({ window, paused, gates: [override] });
    expect(governedBy(outside.progress)).toMatchObject({ gates: [], paused: null, window: { open: false } });
    expect(waitsFor(outside)).toBe('window undefined');
    const told = nothingTold();
    expect(lines(told, outside)).toEqual(['running run 3', 'window closed weekly']);
    const voted = { ...vote, gate: 'window', decision: 'override' } as const;
    const overridden = at({ window, gates: [{ ...override, state: 'approved', votes: [voted] }] });
    expect(lines(told, overridden)).toContain('vote window window overridden by ada (signed)');
    expect(governedBy(overridden.progress)).toMatchObject({ gates: [], paused: null, window: null });
    expect(waitsFor(overridden)).toBe('');
  });

  it('are not held by a window that closes while what runs is finished', () => {
    const window = { open: false, why: 'weekly', atClose: 'finish' } as const;
    expect(waitsFor(at({ window }))).toBe('');
    expect(governedBy(at({ window }).progress).window).toBeNull();
  });

  it('end the wait of a command, unless something goes on by itself', () => {
    const gated = { ...web, state: 'gated' as const };
    expect(waitsFor(at({ groups: [gated], gates: [gate] }))).toContain('gate canary:web');
    expect(waitsFor(at({ groups: [gated, { ...web, state: 'soaking' }], gates: [gate] }))).toBe('');
    expect(waitsFor(at({ groups: [gated], gates: [{ ...gate, state: 'approved' }] }))).toBe('');
    expect(waitsFor(at({ paused: { by: 'bob', at: now } }))).toContain('pause');
    expect(waitsFor(at({ window: { open: false, why: 'weekly', atClose: 'pause' } }))).toContain('window');
    expect(waitsFor(at({ window: { open: true, why: 'weekly', atClose: 'pause' } }))).toBe('');
  });
});

describe('the frame', () => {
  it('shows the step of a running machine and counts only what went well as done', () => {
    const [group] = groupsOf(snapshot({ step: { step: 'file:/etc/motd', index: 7, total: 8 } }));
    expect(group).toMatchObject({ group: 'web', total: 2, done: 0, failed: 0, state: 'running' });
    expect(group?.machines[0]).toMatchObject({
      machine: 'web-1',
      phase: 'provision',
      text: '7/8   file:/etc/motd',
    });
  });

  it('puts machines in order of their numbers', () => {
    const done = ['web-10', 'web-2'].map(
      (machine): MachineOutcome => ({ machine, outcome: 'applied', phases: [] }),
    );
    expect(groupsOf(snapshot({ done }))[0]?.machines.map((one) => one.machine)).toEqual(['web-2', 'web-10']);
  });
});
