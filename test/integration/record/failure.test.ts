import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { MachineOutcome, Outcome, PhaseReport } from '../../../src/model/index.js';
import { openDatabase } from '../../../src/record/database.js';
import { type AnswerEntry, openRecord, type RunRecord, type VoteEntry } from '../../../src/record/index.js';
import { type PostgresCluster, startPostgres } from '../../support/postgres.js';
import { aChange, anEntry, anInstance, first, prod, second, third, web1 } from './entries.js';

let cluster: PostgresCluster;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mw-record-'));
  cluster = await startPostgres();
});
afterAll(async () => {
  await cluster.stop();
  rmSync(dir, { recursive: true });
});

let count = 0;
const databases = {
  sqlite: async () => `sqlite://${join(dir, `sub-${++count}/record.db`)}`,
  postgres: () => cluster.database(),
};

const answer = (n: number, more: Partial<AnswerEntry> = {}): AnswerEntry => ({
  ...{ changeId: first, n, answer: 'retry', machine: 'web-1', by: 'ada' },
  at: '2026-03-01T10:05:00.000Z',
  ...more,
});

/** An entry that says what came of it, and nothing else. */
const outcomeOnly = (changeId: string, outcome: Outcome, phases: PhaseReport[] = []) => {
  const { instance: _, assigned: __, verified: ___, debts: ____, ...entry } = anEntry(changeId);
  return { ...entry, outcome: { machine: 'web-1', outcome, phases } };
};

describe.each(['sqlite', 'postgres'] as const)('failure in the record on %s', (kind) => {
  let url: string;
  let record: RunRecord;
  beforeEach(async () => {
    url = await databases[kind]();
    record = openRecord(url, () => new Date('2026-03-01T11:00:00Z'));
    await record.migrate();
  });
  afterEach(() => record.close());

  test('votes are kept in the order in which they were given, and what was written first stays', async () => {
    const vote: VoteEntry = {
      ...{
        changeId: first,
        id: 'vote-2',
        gate: 'group:web',
        decision: 'approve',
        by: 'platform',
        how: 'signed',
      },
      ...{
        policy: 'digest',
        key: 'SHA256:key',
        evidence: 'digest of the signature',
        reason: 'looks right',
        at: '2026-03-01T10:06:00.000Z',
      },
    };
    const plain: VoteEntry = {
      ...{ changeId: first, id: 'vote-1', gate: 'rollout', decision: 'reject', by: 'ci', how: 'external' },
      ...{ reference: 'https://ci.example/42', at: '2026-03-01T10:07:00.000Z' },
    };
    await record.putVote(plain);
    await record.putVote(vote);
    await record.putVote({ ...vote, decision: 'reject', by: 'mallory' });
    await record.putVote({ ...vote, changeId: second });
    expect(await record.votes(first)).toEqual([vote, plain]);
    expect(await record.votes(third)).toEqual([]);
  });

  test('what a create began with says nothing once its end is known, but a new instance does', async () => {
    const began = {
      ...anEntry(first),
      outcome: { machine: 'web-1', outcome: 'running' as const, phases: [] },
    };
    await record.beginChange(aChange(first));
    await record.putMachine(began);
    await record.putMachine({ ...began, outcome: { ...began.outcome, outcome: 'stopped' } });
    await record.putMachine(began);
    expect((await record.machines(prod))[0]?.lastOutcome).toBe('stopped');
    expect((await record.outcomes(first))[0]?.outcome.outcome).toBe('stopped');
    const anew = { ...anInstance(first), instance: `${anInstance(first).instance}+2` };
    await record.putMachine({ ...began, instance: anew });
    expect((await record.machines(prod))[0]).toMatchObject({ lastOutcome: 'running', instance: anew });
  });

  test('a migration that died in the middle is run again', async () => {
    const db = openDatabase(url);
    await sql`delete from kysely_migration where name >= '002-failure'`.execute(db);
    await sql`drop table answers`.execute(db);
    await db.destroy();
    await record.close();
    record = openRecord(url);
    expect(await record.migrate()).toEqual([
      ...['002-failure', '003-diff', '004-since', '005-votes', '006-drift', '007-drained'],
    ]);
    await record.putAnswer(answer(1));
    expect(await record.machines(prod)).toEqual([]);
  });

  test('a record of before keeps its machines, known and held by nobody', async () => {
    await record.putMachine(anEntry(first));
    const db = openDatabase(url);
    await sql`delete from kysely_migration where name >= '002-failure'`.execute(db);
    for (const column of ['hold', 'forgotten'])
      await sql`alter table machines drop column ${sql.ref(column)}`.execute(db);
    await db.destroy();
    await record.migrate();
    expect(await record.machines(prod)).toMatchObject([{ hold: null, forgotten: false }]);
  });

  test('answers are kept by number, and the same one written twice is one', async () => {
    await record.putAnswer(answer(2, { answer: 'stop', machine: null, reason: 'enough' }));
    await record.putAnswer(answer(1));
    await record.putAnswer(answer(1));
    await record.putAnswer(answer(1, { changeId: second }));
    expect(await record.answers(first)).toEqual([
      answer(1),
      answer(2, { answer: 'stop', machine: null, reason: 'enough' }),
    ]);
    expect(await record.answers(third)).toEqual([]);
  });

  test('a hold is shown until its end, and lifted', async () => {
    await record.putMachine(anEntry(first));
    const hold = { reason: 'debugging', by: 'ada', until: '2026-03-01T11:00:01Z' };
    await record.putHold(web1, hold);
    expect((await record.machines(prod))[0]?.hold).toEqual(hold);
    await record.putHold(web1, { ...hold, until: '2026-03-01T11:00:00Z' });
    expect((await record.machines(prod))[0]?.hold).toBeNull();
    await record.putHold(web1, { reason: 'for good' });
    expect((await record.machines(prod))[0]?.hold).toEqual({ reason: 'for good' });
    await record.putHold(web1, null);
    expect((await record.machines(prod))[0]?.hold).toBeNull();
    await record.putHold({ ...web1, machine: 'nobody-1' }, hold);
    expect(await record.machines(prod)).toHaveLength(1);
  });

  test('an entry says what was seen of a hold, keeps it when nobody looked, and a new instance has none', async () => {
    const hold = { reason: 'debugging' };
    const held = async () => (await record.machines(prod))[0]?.hold;
    await record.putMachine(anEntry(first, { hold }));
    expect(await held()).toEqual(hold);
    await record.putMachine(outcomeOnly(second, 'owed'));
    expect(await held()).toEqual(hold);
    await record.putMachine(anEntry(second, { instance: anInstance(first), hold: null }));
    expect(await held()).toBeNull();
    await record.putHold(web1, hold);
    await record.putMachine(anEntry(third));
    expect(await held()).toBeNull();
  });

  test('a forgotten machine is named by forgotten alone, also when its entry is written again', async () => {
    await record.putMachine(anEntry(first));
    await record.forget(web1);
    await record.putMachine(anEntry(first));
    expect(await record.base(prod)).toEqual({});
    expect(await record.machines(prod)).toEqual([]);
    expect(await record.forgotten(prod)).toEqual(['web-1']);
    expect(await record.forgotten({ ...prod, environment: 'dev' })).toEqual([]);
  });

  test('a forgotten machine stays so when it fails, and is known again by a later change that found it', async () => {
    await record.putMachine(anEntry(first));
    await record.forget(web1);
    await record.putMachine(outcomeOnly(second, 'failed'));
    expect(await record.forgotten(prod)).toEqual(['web-1']);
    await record.putMachine(anEntry(third, { instance: anInstance(first) }));
    expect(await record.forgotten(prod)).toEqual([]);
    expect(Object.keys(await record.base(prod))).toEqual(['web-1']);
  });

  test('a forgotten machine is known again by another instance, and no longer forgotten once it is gone', async () => {
    await record.putMachine(anEntry(second, { instance: anInstance(first) }));
    await record.forget(web1);
    await record.putMachine(anEntry(second));
    expect(Object.keys(await record.base(prod))).toEqual(['web-1']);
    await record.forget(web1);
    await record.putMachine({ ...outcomeOnly(second, 'destroyed'), instance: null });
    expect(await record.forgotten(prod)).toEqual([]);
    expect(await record.machines(prod)).toEqual([]);
  });

  test('an outcome carries attempt, instance and rollback, and its phases are those of the last attempt', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first));
    const phases: PhaseReport[] = [
      { phase: 'look', state: 'done' },
      { phase: 'restore', state: 'done' },
      { phase: 'verify', state: 'done' },
    ];
    const back: MachineOutcome = {
      ...{ machine: 'web-1', outcome: 'rolled-back-verified', phases, attempt: 2 },
      instance: 'the one that there is',
      rollback: { to: '1'.repeat(64), rungs: [{ rung: 'restore', done: true }] },
    };
    await record.putMachine({ ...outcomeOnly(first, 'running'), outcome: back });
    expect(await record.outcomes(first)).toMatchObject([{ group: 'web', outcome: back }]);
    expect((await record.outcomes(first))[0]?.outcome.phases).toEqual(phases);
  });

  test('an outcome without an instance has that of its entry: null where there is none, absent where it is not known', async () => {
    await record.beginChange(aChange(first));
    const instances = async () => (await record.outcomes(first)).map((row) => row.outcome.instance);
    await record.putMachine(outcomeOnly(first, 'failed'));
    expect(await instances()).toEqual([undefined]);
    await record.putMachine(anEntry(first));
    expect(await instances()).toEqual([anInstance(first).instance]);
    await record.putMachine({ ...outcomeOnly(first, 'destroyed'), instance: null });
    expect(await instances()).toEqual([null]);
  });

  test('the last of a revision is its newest ended change that is no check and no exec', async () => {
    const revision = 'd'.repeat(64);
    const last = () => record.lastOfRevision(prod, revision);
    expect(await last()).toBeUndefined();
    await record.beginChange(aChange(first, { startedBy: '"verb":"exec"' }));
    expect(await last()).toBeUndefined();
    await record.endChange(first, 'failed');
    expect(await last()).toMatchObject({ run: 1, outcome: 'failed' });
    await record.beginChange(aChange(second, { verb: 'rollback', of: first }));
    expect((await last())?.run).toBe(1);
    await record.endChange(second, 'rolled-back-verified');
    expect(await last()).toMatchObject({ run: 2, outcome: 'rolled-back-verified' });
    await record.beginChange(aChange(third, { verb: 'exec' }));
    await record.endChange(third, 'succeeded');
    expect((await last())?.run).toBe(2);
    expect(await record.lastOfRevision({ ...prod, environment: 'dev' }, revision)).toBeUndefined();
    expect(await record.lastOfRevision(prod, 'e'.repeat(64))).toBeUndefined();
  });

  test('a state taken from one record brings the fleet back in another, on SQLite or PostgreSQL, once or twice', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first));
    await record.endChange(first, 'succeeded');
    await record.beginChange(aChange(second));
    const db2 = { ...web1, machine: 'db-2' };
    await record.putMachine(anEntry(second, { debts: ['reload service:nginx'], hold: { reason: 'mine' } }));
    await record.putMachine(anEntry(second, { ref: db2 }));
    await record.forget(db2);
    const state = JSON.parse(JSON.stringify(await record.exportState(prod)));
    const other = openRecord(
      await databases[kind === 'sqlite' ? 'postgres' : 'sqlite'](),
      () => new Date('2026-03-01T11:00:00Z'),
    );
    await other.migrate();
    await other.importState(state);
    await other.importState(state);
    expect(await other.machines(prod)).toEqual(await record.machines(prod));
    expect(await other.base(prod)).toEqual(await record.base(prod));
    expect(await other.forgotten(prod)).toEqual(['db-2']);
    expect((await other.changes(prod, 10)).map((row) => row.run)).toEqual([2]);
    expect((await other.outcomes(second)).map((row) => row.machine)).toEqual(['db-2', 'web-1']);
    expect(await other.beginChange(aChange(third))).toEqual({ run: 3 });
    await other.close();
  });

  test('a restore takes back nothing that is newer', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first, { debts: ['reload service:nginx'] }));
    const state = await record.exportState();
    await record.beginChange(aChange(second));
    await record.putMachine(anEntry(second));
    const before = [await record.machines(prod), await record.changes(prod, 10)];
    await record.importState(state);
    expect([await record.machines(prod), await record.changes(prod, 10)]).toEqual(before);
    expect(await record.beginChange(aChange(third))).toEqual({ run: 3 });
  });

  test('a state is of one environment where one is named', async () => {
    const dev = { ...prod, environment: 'dev' };
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first));
    await record.beginChange(aChange(second, { environment: 'dev' }));
    await record.putMachine(anEntry(second, { ref: { ...web1, environment: 'dev' } }));
    const { rows } = await record.exportState(dev);
    for (const table of ['ordinals', 'machines', 'changes', 'outcomes'])
      expect([table, rows[table]?.map((row) => row.environment)]).toEqual([table, ['dev']]);
    expect((await record.exportState()).rows.machines).toHaveLength(2);
  });

  test('what is no state is refused, and nothing of it written', async () => {
    await expect(record.importState({ version: 1, rows: { machines: [] } })).rejects.toMatchObject({
      info: {
        code: 'MW-RECORD-STATE',
        message: expect.stringMatching(/^This is no state of a record: rows\.ordinals: /),
        remedy: 'Restore from a file that `millwright backup` wrote.',
      },
    });
  });
});
