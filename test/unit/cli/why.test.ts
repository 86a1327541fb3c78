import { describe, expect, it } from 'vitest';
import { reasonsOf } from '../../../src/cli/why/reasons.js';
import { whyText } from '../../../src/cli/why/text.js';
import type {
  ActiveFacts,
  MachineFacts,
  Pending,
  Reason,
  WhyDocument,
  WhyFacts,
  WhyRun,
} from '../../../src/cli/why/types.js';
import type { MachineRow } from '../../../src/record/port.js';
import { plain } from '../../../src/report/index.js';
import type { GroupProgress, RolloutProgress } from '../../../src/workflows/types.js';
import { outcome, question } from '../report/fixtures.js';

const at = '2026-03-04T12:00:00.000Z';
const ago = (seconds: number): string => new Date(Date.parse(at) - seconds * 1000).toISOString();
const ahead = (seconds: number): string => ago(-seconds);

const whyRun: WhyRun = {
  ...{ run: 42, change: '01JZB2V5Q8K4T7W9X3C6D1E0FA', verb: 'up', startedBy: 'platform' },
  ...{ startedAt: ago(600), outcome: null },
};

const group = (name: string, more: Partial<GroupProgress> = {}): GroupProgress => ({
  ...{ group: name, after: [], state: 'running', machines: 1, counts: {}, batches: [] },
  ...more,
});

const progress = (more: Partial<RolloutProgress> = {}): RolloutProgress => ({
  ...{ changeId: whyRun.change, intent: 'i', groups: [group('web')], questions: [], answered: [] },
  ...more,
});

const active = (more: Partial<ActiveFacts> = {}): ActiveFacts => ({
  ...{ run: whyRun, progress: progress(), silent: null, questions: [], running: new Map() },
  planned: new Set(['web-1', 'web-2', 'db-1']),
  ...more,
});

const facts = (more: Partial<WhyFacts> = {}): WhyFacts => ({
  ...{ at, place: 'shop/prod', flag: ' -e prod', engineSilent: null, control: { lastSeen: ago(3) } },
  ...{ active: null, ended: null, machines: [], ofRun: false },
  ...more,
});

const row = (more: Partial<MachineRow> = {}): MachineRow => ({
  ref: { fleet: 'shop', fleetUid: 'uid', environment: 'prod', machine: 'web-1' },
  ...{ site: 'main', group: 'web', instance: null, assigned: null, verified: null },
  ...{ lastChange: '01J', lastOutcome: 'applied', debts: [], hold: null, forgotten: false },
  updatedAt: ago(60),
  ...more,
});

const machine = (more: Partial<MachineFacts> = {}): MachineFacts => ({
  ...{ machine: 'web-1', group: 'web', site: 'main', row: row(), work: null, done: null, last: null },
  next: { action: 'nothing', reason: null, refused: null },
  ...more,
});

const pending = (more: Partial<Pending> = {}): Pending => ({
  ...{ activity: 'provision', queue: 'mw-site-main-push', state: 'scheduled', attempt: 1, maximum: 12 },
  ...{ scheduledAt: ago(90), startedAt: null, heartbeatAt: null, expiresAt: null, nextTryAt: null },
  ...{ lastFailure: null, worker: null, step: null, workers: { lastSeen: ago(5) } },
  ...more,
});

const atWork = (one: Pending, changeId: string = whyRun.change): MachineFacts =>
  machine({
    work: { changeId, startedBy: 'anna', since: ago(90), phase: 'provision', pending: [one] },
  });

const kinds = (given: WhyFacts): string[] => reasonsOf(given).map((one) => one.kind);
const only = (given: WhyFacts): Reason => {
  const all = reasonsOf(given);
  expect(all.map((one) => one.kind)).toHaveLength(1);
  return all[0] as Reason;
};
const typed = (one: Reason): string[] => one.commands.map(({ command }) => command);

describe('an activity that waits', () => {
  const of = (one: Pending) => only(facts({ active: active(), machines: [atWork(one)] }));

  it('says that no worker of its site is there, which queue nobody serves and how to start one', () => {
    const one = of(pending({ workers: { lastSeen: null }, expiresAt: ahead(3600) }));
    expect(one).toMatchObject({
      ...{ kind: 'worker', machine: 'web-1', group: 'web', since: ago(90) },
      waitsFor: 'a worker: no worker of site main serves mw-site-main-push (provision)',
      release: 'whoever may start a worker on the host of site main',
      next: 'it goes on by itself once one is there; waited for until 2026-03-04T13:00Z, then it counts as failed',
    });
    expect(typed(one)).toEqual(['millwright worker --site main']);
  });

  it('takes a worker that has not asked for minutes for gone', () => {
    const one = of(pending({ workers: { lastSeen: ago(180) }, lastFailure: 'activity Heartbeat timeout' }));
    expect(one.kind).toBe('worker');
    expect(one.waitsFor).toContain('one was last seen 3 min ago');
    expect(one.detail).toEqual(['activity Heartbeat timeout']);
  });

  it('names the site whose name has dashes', () => {
    const one = of(pending({ queue: 'mw-site-eu-west-1-vm', workers: { lastSeen: null } }));
    expect(typed(one)).toEqual(['millwright worker --site eu-west-1']);
  });

  it('says what its last attempt failed with and when the next one is', () => {
    const one = of(pending({ attempt: 3, nextTryAt: ahead(12), lastFailure: 'no route to 10.0.0.1\nmore' }));
    expect(one).toMatchObject({
      kind: 'retry',
      waitsFor: 'attempt 3 of 12 of provision: no route to 10.0.0.1',
      next: 'the next try is in 12s, by itself',
      detail: ['more'],
    });
    expect(typed(one)).toEqual(['millwright stop 42 -e prod']);
  });

  it('waits for a slot where workers are there', () => {
    expect(of(pending())).toMatchObject({
      kind: 'slot',
      waitsFor: 'a free slot for provision on mw-site-main-push: a worker asked there for work 5.0s ago',
    });
  });

  it('that is at work is said to be, with its step and worker', () => {
    const one = of(
      pending({
        state: 'started',
        startedAt: ago(14),
        heartbeatAt: ago(1),
        step: '7/8 file:/etc/motd',
        worker: 'main-push@7',
      }),
    );
    expect(one).toMatchObject({
      kind: 'working',
      waitsFor: 'provision 7/8 file:/etc/motd: it is at work, by main-push@7',
      since: ago(14),
      next: 'it goes on by itself',
    });
  });

  it('that is silent for longer than its heartbeat may be in the hands of a dead worker', () => {
    const one = of(pending({ state: 'started', startedAt: ago(200), heartbeatAt: ago(120) }));
    expect(one.next).toBe('it was last heard of 2 min ago; if its worker died, another one takes over');
  });
});

describe('a run', () => {
  const ofRun = (more: Partial<ActiveFacts>, machines: readonly MachineFacts[] = []) =>
    facts({ active: active(more), machines, ofRun: true });

  it('waits for an answer that any operator may give, and names what can be typed', () => {
    const one = reasonsOf(
      ofRun({ questions: [question()], progress: progress({ groups: [group('web', { state: 'asking' })] }) }),
    )[0];
    expect(one).toMatchObject({
      ...{ kind: 'question', machine: 'web-1', since: '2026-03-04T11:59:02.000Z' },
      release: 'any operator of shop/prod: whoever may write to its Temporal namespace',
    });
    expect(one?.waitsFor).toContain('MW-CHANGE-VALIDATE');
    expect(typed(one as Reason)).toEqual([
      'millwright up --supersede -e prod',
      'millwright retry 42 web-1 -e prod',
      'millwright skip 42 web-1 -e prod',
      'millwright rollback 42 -e prod',
      'millwright stop 42 -e prod',
    ]);
  });

  it('names the machines that are not begun because a question is open', () => {
    const asking = group('web', { state: 'asking', machines: 4, counts: { failed: 1 } });
    const all = reasonsOf(ofRun({ questions: [question()], progress: progress({ groups: [asking] }) }));
    expect(all.map((one) => one.kind)).toEqual(['question', 'left']);
    expect(all[1]?.waitsFor).toBe('the answer about web-1: 3 machines not begun');
  });

  it('waits in a group for the groups it comes after', () => {
    const groups = [
      group('db', { machines: 1 }),
      group('web', { state: 'waiting', after: ['db'], machines: 4 }),
    ];
    const one = only(ofRun({ progress: progress({ groups }), running: new Map([['db', ['db-1']]]) }));
    expect(one).toMatchObject({
      ...{ kind: 'group', group: 'web', waitsFor: 'group db', release: null },
      next: 'its 4 machines begin when db is done; if that fails, they are left out',
    });
  });

  it('has machines that wait for their turn', () => {
    const running = new Map([['web', ['web-1', 'web-2']]]);
    const groups = [group('web', { machines: 5, counts: { applied: 1 } })];
    const one = only(ofRun({ running, progress: progress({ groups }) }));
    expect(one).toMatchObject({ kind: 'turn', group: 'web' });
    expect(one.waitsFor).toContain('2 machines not begun');
    expect(one.next).toContain('web-1, web-2');
  });

  it('that stops says who wanted it', () => {
    const stopping = { by: 'anna', reason: 'lunch' };
    const one = only(ofRun({ progress: progress({ stopping }), running: new Map([['web', ['web-1']]]) }));
    expect(one).toMatchObject({ kind: 'stopping', waitsFor: 'its end: anna asked it to stop (lunch)' });
  });

  it('that is rolled back says who wanted it', () => {
    const rollingBack = { by: 'anna' };
    const one = reasonsOf(
      ofRun({ progress: progress({ rollingBack }), running: new Map([['web', ['web-1']]]) }),
    )[0];
    expect(one).toMatchObject({ kind: 'rolling back', waitsFor: 'its rollback, asked by anna' });
  });

  it('whose control is away says that, and still what its machines do', () => {
    const given = {
      ...ofRun({ progress: null }, [atWork(pending({ workers: { lastSeen: null } }))]),
      control: { lastSeen: null },
    };
    const [control, worker] = reasonsOf(given);
    expect(control).toMatchObject({ kind: 'control' });
    expect(control?.waitsFor).toContain('no worker of control serves mw-control');
    expect(typed(control as Reason)).toEqual(['millwright worker --control']);
    expect(worker).toMatchObject({ kind: 'worker', machine: 'web-1' });
  });

  it('whose control does not answer although somebody asks its queue says so', () => {
    expect(only(ofRun({ progress: null, silent: 'deadline exceeded' })).waitsFor).toContain(
      'no worker of control answers (deadline exceeded)',
    );
  });

  it('is never without a reason', () => {
    const groups = [group('web', { machines: 1, counts: { applied: 1 } })];
    expect(kinds(ofRun({ progress: progress({ groups }) }))).toEqual(['working']);
  });

  it('that has ended waits for nothing, and names what it left unwell', () => {
    const ended = { ...whyRun, outcome: 'failed' };
    const failed = machine({
      row: row({ lastOutcome: 'failed' }),
      last: outcome('web-1', { outcome: 'failed' }),
    });
    const all = reasonsOf(facts({ ended, ofRun: true, machines: [failed] }));
    expect(all.map((one) => one.kind)).toEqual(['ended', 'failed']);
    expect(all[0]?.next).toBe('web-1 is not well since; millwright up goes on from there');
    expect(kinds(facts({ ended, ofRun: true }))).toEqual(['ended']);
  });
});

describe('a machine', () => {
  it('that is well waits for nothing, and it is said what the next up would do', () => {
    const next = { action: 'change', reason: 'groups.web.config', refused: null } as const;
    expect(only(facts({ machines: [machine({ next })] }))).toMatchObject({
      ...{ kind: 'well', release: null, commands: [] },
      next: 'the next up would change it in place (groups.web.config)',
    });
  });

  it('that failed is left so until the next run, which may be refused', () => {
    const next = { action: 'replace', reason: null, refused: 'protected' } as const;
    const last = outcome('web-1', {
      outcome: 'failed',
      phase: 'verify',
      failure: { code: 'MW-VERIFY-FAILED', cause: 'change', message: 'http answered 500' },
    });
    const one = only(facts({ machines: [machine({ next, last, row: row({ lastOutcome: 'failed' }) })] }));
    expect(one.kind).toBe('failed');
    expect(one.waitsFor).toContain('MW-VERIFY-FAILED: http answered 500');
    expect(one.next).toBe('the next up would replace it, and is refused: protected');
    expect(typed(one)).toEqual(['millwright up -e prod', 'millwright logs web-1 -e prod']);
  });

  it('that is owed says why', () => {
    const last = outcome('web-1', { outcome: 'owed', reason: 'owed: no answer on 10.0.0.1:22' });
    const one = only(facts({ machines: [machine({ last, row: row({ lastOutcome: 'owed' }) })] }));
    expect(one).toMatchObject({ kind: 'owed', waitsFor: 'the next run: owed: no answer on 10.0.0.1:22' });
  });

  it('that is held names who holds it, why, and how it ends', () => {
    const hold = { reason: 'debugging the leak', by: 'anna', until: ahead(7200) };
    const [one] = reasonsOf(facts({ machines: [machine({ row: row({ hold }) })] }));
    expect(one).toMatchObject({
      kind: 'hold',
      waitsFor: 'its release: anna holds it: debugging the leak',
      release: 'anna, or any operator',
    });
    expect(one?.next).toContain('it ends by itself in 2h00m');
    expect(typed(one as Reason)).toEqual(['millwright release web-1 -e prod']);
  });

  it('that owes handlers names them', () => {
    const [one] = reasonsOf(
      facts({ machines: [machine({ row: row({ debts: ['reload service:nginx'] }) })] }),
    );
    expect(one).toMatchObject({ kind: 'debt', waitsFor: 'what is owed on it: reload service:nginx' });
  });

  it('that somebody else works on names them, and what the run does meanwhile', () => {
    const given = facts({ active: active(), machines: [atWork(pending(), '01OTHER')] });
    expect(only(given)).toMatchObject({
      ...{ kind: 'busy', since: ago(90) },
      waitsFor: 'anna, who works on it by change 01OTHER for 1m30s now',
      next: 'the run waits for five minutes; then the machine is owed',
    });
  });

  it('waits for its group, for an answer about another one, or for its turn', () => {
    const waiting = group('web', { state: 'waiting', after: ['db'] });
    const inGroup = (one: GroupProgress, more: Partial<ActiveFacts> = {}) =>
      only(
        facts({ active: active({ progress: progress({ groups: [one] }), ...more }), machines: [machine()] }),
      );
    expect(inGroup(waiting)).toMatchObject({ kind: 'group', waitsFor: 'group db' });
    const other = question({ machine: 'web-2' });
    expect(inGroup(group('web', { state: 'asking' }), { questions: [other] })).toMatchObject({
      ...{ kind: 'left', machine: 'web-1', waitsFor: 'the answer about web-2' },
    });
    expect(inGroup(group('web'))).toMatchObject({ kind: 'turn', machine: 'web-1' });
  });

  it('whose run stops is told that first', () => {
    const stopping = { by: 'anna' };
    const given = facts({
      active: active({ progress: progress({ stopping }) }),
      machines: [atWork(pending({ state: 'started' }))],
    });
    expect(kinds(given)).toEqual(['stopping', 'working']);
  });

  it('that is declared and was never made waits for the run that makes it', () => {
    const next = { action: 'create', reason: null, refused: null } as const;
    expect(only(facts({ machines: [machine({ row: null, next })] }))).toMatchObject({
      ...{ kind: 'absent', next: 'the next up would make it' },
    });
  });

  it('whose last run may still be active is not called failed', () => {
    const last = outcome('web-1', { outcome: 'unknown' });
    expect(kinds(facts({ machines: [machine({ last, row: row({ lastOutcome: 'unknown' }) })] }))).toEqual([
      'unknown',
    ]);
  });
});

describe('without Temporal', () => {
  it('says what the record knows after that', () => {
    const hold = { reason: 'mine' };
    const given = facts({
      ...{ engineSilent: 'No Temporal server answers at 127.0.0.1:7233.', control: null },
      machines: [machine({ row: row({ hold }) })],
    });
    const all = reasonsOf(given);
    expect(all.map((one) => one.kind)).toEqual(['engine', 'hold', 'well']);
    expect(all[0]).toMatchObject({ waitsFor: 'Temporal: No Temporal server answers at 127.0.0.1:7233.' });
  });
});

describe('as text', () => {
  it('says what, since when, who, what next and what to type', () => {
    const given = facts({ active: active(), machines: [atWork(pending({ workers: { lastSeen: null } }))] });
    const document: WhyDocument = {
      schema: 'millwright/why/v1',
      ...{ fleet: 'shop', environment: 'prod', at, engine: '127.0.0.1:7233', run: whyRun },
      ...{ reasons: reasonsOf(given), notes: [], exit: 0 },
    };
    expect(whyText(document, plain).split('\n')).toEqual([
      'shop/prod   up run 42 by platform goes on',
      '',
      '◌ web-1  waits for a worker: no worker of site main serves mw-site-main-push (provision)   since 2026-03-04T11:58:30Z, 1 min ago',
      '    Who      whoever may start a worker on the host of site main',
      '    Next     it goes on by itself once one is there',
      '    Type     millwright worker --site main   on the host of site main; millwright dev does it for its own',
    ]);
  });
});
