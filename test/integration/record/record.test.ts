import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Receipt } from '../../../src/model/index.js';
import { openRecord, type RunRecord } from '../../../src/record/index.js';
import { type PostgresCluster, startPostgres } from '../../support/postgres.js';
import { aChange, anEntry, anInstance, first, prod, receipts, second, third, web1 } from './entries.js';

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

describe.each(['sqlite', 'postgres'] as const)('the record on %s', (kind) => {
  let url: string;
  let record: RunRecord;
  beforeEach(async () => {
    url = await databases[kind]();
    record = openRecord(url, () => new Date('2026-03-01T11:00:00Z'));
    await record.migrate();
  });
  afterEach(() => record.close());

  test('an unmigrated record says so with its remedy and migrates when told', async () => {
    const fresh = openRecord(await databases[kind]());
    await expect(fresh.machines(prod)).rejects.toMatchObject({
      info: { code: 'MW-RECORD-MIGRATE', remedy: 'millwright doctor --migrate' },
      retryable: false,
    });
    const all = [
      ...['001-first', '002-failure', '003-diff', '004-since', '005-votes', '006-drift', '007-drained'],
    ];
    expect(await fresh.pendingMigrations()).toEqual(all);
    expect(await fresh.migrate()).toEqual(all);
    expect(await fresh.pendingMigrations()).toEqual([]);
    expect(await fresh.migrate()).toEqual([]);
    expect(await fresh.machines(prod)).toEqual([]);
    await fresh.close();
  });

  test('two that migrate at once both end with a current schema', async () => {
    const other = await databases[kind]();
    const both = [openRecord(other), openRecord(other)];
    await Promise.all(both.map((one) => one.migrate()));
    expect(await both[0]?.pendingMigrations()).toEqual([]);
    await Promise.all(both.map((one) => one.close()));
  });

  test('a machine that was taken out of use is known to be until somebody says that it was put back', async () => {
    for (const id of [first, second, third]) await record.beginChange(aChange(id));
    const old = anInstance(first);
    await record.putMachine(anEntry(first, { instance: old, drained: 'lb-1' }));
    expect(await record.drained(prod)).toEqual({ 'web-1': 'lb-1' });
    expect((await record.machines(prod))[0]?.drained).toBe('lb-1');
    await record.putMachine(anEntry(second, { instance: old }));
    expect(await record.drained(prod)).toEqual({ 'web-1': 'lb-1' });
    const restored = openRecord(await databases[kind]());
    await restored.migrate();
    await restored.importState(await record.exportState());
    expect(await restored.drained(prod)).toEqual({ 'web-1': 'lb-1' });
    await restored.close();
    await record.putMachine(anEntry(second, { instance: old, drained: null }));
    expect(await record.drained(prod)).toEqual({});
    await record.putMachine(anEntry(second, { instance: old, drained: 'lb-1' }));
    await record.putMachine(anEntry(third, { instance: anInstance(third) }));
    expect(await record.drained(prod)).toEqual({});
  });

  test('a change gets the next ordinal of its environment and keeps it', async () => {
    expect(await record.beginChange(aChange(first))).toEqual({ run: 1 });
    expect(await record.beginChange(aChange(second))).toEqual({ run: 2 });
    expect(await record.beginChange(aChange(first))).toEqual({ run: 1 });
    expect(await record.beginChange(aChange(third, { environment: 'dev' }))).toEqual({ run: 1 });
  });

  test('begins of many changes in two environments at once, each twice, give dense and stable ordinals', async () => {
    const others = [record, openRecord(url)];
    const changes = Array.from({ length: 20 }, (_, i) =>
      aChange(ulid(), { environment: i % 2 ? 'dev' : 'prod' }),
    );
    const runs = await Promise.all(
      changes.flatMap((change) => others.map(async (one) => (await one.beginChange(change)).run)),
    );
    for (let i = 0; i < runs.length; i += 2) expect(runs[i]).toBe(runs[i + 1]);
    for (const environment of ['dev', 'prod']) {
      const rows = await record.changes({ ...prod, environment }, 100);
      expect(rows.map((row) => row.run)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    }
    await others[1]?.close();
  });

  test('a change is found by ordinal and by ULID, with its end', async () => {
    await record.beginChange(aChange(first));
    expect(await record.change(prod, '1')).toEqual({
      change: aChange(first),
      run: 1,
      outcome: null,
      endedAt: null,
    });
    await record.endChange(first, 'applied');
    expect(await record.change(prod, first.toLowerCase())).toMatchObject({
      outcome: 'applied',
      endedAt: '2026-03-01T11:00:00.000Z',
    });
    expect(await record.change(prod, '2')).toBeUndefined();
    expect(await record.change({ ...prod, environment: 'dev' }, first)).toBeUndefined();
  });

  test('an end that arrives before its begin is not lost', async () => {
    await record.endChange(first, 'failed');
    await record.beginChange(aChange(first));
    expect((await record.change(prod, first))?.outcome).toBe('failed');
  });

  test('a machine entry becomes its row, its base and its history', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first));
    expect(await record.machines(prod)).toEqual([
      {
        ref: web1,
        site: 'main',
        group: 'web',
        instance: anInstance(first),
        assigned: '1'.repeat(64),
        verified: '1'.repeat(64),
        lastChange: first,
        lastOutcome: 'applied',
        debts: [],
        hold: null,
        forgotten: false,
        drained: null,
        updatedAt: '2026-03-01T10:00:09.000Z',
      },
    ]);
    expect(await record.base(prod)).toEqual({
      'web-1': {
        instance: anInstance(first).instance,
        assigned: '1'.repeat(64),
        verified: '1'.repeat(64),
        shape: 'e'.repeat(64),
        site: 'main',
        group: 'web',
        protect: true,
      },
    });
    const { ref: _, site: __, group: ___, ...entry } = anEntry(first);
    expect(await record.history(web1)).toEqual([
      {
        run: 1,
        changeId: first,
        verb: 'up',
        commit: '3f2a9c1',
        startedBy: 'platform',
        startedAt: '2026-03-01T10:00:00.000Z',
        machine: 'web-1',
        group: 'web',
        outcome: { ...entry.outcome, instance: anInstance(first).instance },
        receipts,
        evidence: entry.evidence,
      },
    ]);
    expect(await record.outcomes(first)).toEqual(await record.history(web1));
  });

  test('the same entry written twice leaves the same rows', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first, { debts: ['reload service:nginx'] }));
    const before = [await record.machines(prod), await record.history(web1)];
    await record.putMachine(anEntry(first, { debts: ['reload service:nginx'] }));
    expect([await record.machines(prod), await record.history(web1)]).toEqual(before);
  });

  test('an older change that arrives late is history only', async () => {
    await record.beginChange(aChange(first));
    await record.beginChange(aChange(second));
    await record.putMachine(anEntry(second));
    const before = await record.machines(prod);
    await record.putMachine(anEntry(first, { assigned: '9'.repeat(64), debts: ['reload service:old'] }));
    expect(await record.machines(prod)).toEqual(before);
    expect((await record.history(web1)).map((row) => row.changeId)).toEqual([second, first]);
  });

  test('what was begun later counts, although its change was asked for earlier', async () => {
    await record.putMachine(anEntry(second, { since: '2026-11-01T10:00:00.000Z' }));
    const begun = { since: '2026-11-01T10:00:01.000Z', receipts: [] };
    const { assigned: _, verified: __, ...gone } = anEntry(first, { ...begun, instance: null });
    await record.putMachine({ ...gone, outcome: { machine: 'web-1', outcome: 'destroyed', phases: [] } });
    expect(await record.machines(prod)).toEqual([]);
    await record.putMachine(anEntry(second, { since: '2026-11-01T10:00:00.000Z' }));
    expect(await record.machines(prod)).toEqual([]);
  });

  test('what an entry does not say stays as it was', async () => {
    await record.putMachine(anEntry(first, { debts: ['reload service:nginx'] }));
    const { instance: _, assigned: __, verified: ___, debts: ____, ...silent } = anEntry(second);
    await record.putMachine({ ...silent, outcome: { machine: 'web-1', outcome: 'owed', phases: [] } });
    const [row] = await record.machines(prod);
    expect(row).toMatchObject({
      instance: anInstance(first),
      assigned: '1'.repeat(64),
      verified: '1'.repeat(64),
      debts: ['reload service:nginx'],
      lastChange: second,
      lastOutcome: 'owed',
    });
  });

  test('a new instance starts without the bundles of the one before', async () => {
    await record.putMachine(anEntry(first));
    const { assigned: _, verified: __, ...created } = anEntry(second);
    await record.putMachine(created);
    expect((await record.base(prod))['web-1']).toMatchObject({
      instance: anInstance(second).instance,
      assigned: null,
      verified: null,
    });
  });

  test('a destroyed machine leaves base and machines, owes nothing, and keeps its history', async () => {
    await record.beginChange(aChange(first));
    await record.beginChange(aChange(second, { verb: 'destroy' }));
    await record.putMachine(anEntry(first, { debts: ['reload service:nginx'] }));
    const {
      assigned: _,
      verified: __,
      debts: ___,
      ...gone
    } = anEntry(second, { instance: null, receipts: [] });
    await record.putMachine({ ...gone, outcome: { machine: 'web-1', outcome: 'destroyed', phases: [] } });
    expect(await record.base(prod)).toEqual({});
    expect(await record.machines(prod)).toEqual([]);
    expect((await record.history(web1)).map((row) => row.outcome.outcome)).toEqual(['destroyed', 'applied']);
    await record.putMachine(anEntry(third));
    expect((await record.machines(prod))[0]).toMatchObject({ lastChange: third, debts: [] });
  });

  test('a machine whose creation failed is shown but is no base', async () => {
    const { instance: _, assigned: __, verified: ___, ...entry } = anEntry(first);
    const failure = { code: 'MW-CREATE-EXISTS', cause: 'machine', message: 'there is another' } as const;
    await record.putMachine({
      ...entry,
      outcome: { machine: 'web-1', outcome: 'failed', phase: 'create', failure, phases: [] },
    });
    expect(await record.base(prod)).toEqual({});
    expect(await record.machines(prod)).toMatchObject([{ instance: null, lastOutcome: 'failed' }]);
    expect(await record.machines(prod)).toMatchObject([{ updatedAt: '2025-07-12T18:57:36.768Z' }]);
  });

  test('history of one step names only the changes that have a receipt of it', async () => {
    await record.beginChange(aChange(first));
    await record.beginChange(aChange(second));
    await record.putMachine(anEntry(first));
    await record.putMachine(anEntry(second, { receipts: receipts.slice(0, 1) }));
    const rows = await record.history(web1, { step: 'file:/etc/motd' });
    expect(rows.map((row) => [row.changeId, row.receipts])).toEqual([[first, receipts.slice(1)]]);
    expect((await record.history(web1, { limit: 1 })).map((row) => row.changeId)).toEqual([second]);
  });

  test('a retry of the same change adds its receipts to those before', async () => {
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first, { receipts: receipts.slice(0, 1) }));
    await record.putMachine(anEntry(first, { receipts: receipts.slice(1) }));
    const [row] = await record.history(web1);
    expect(row?.receipts.map(({ step }) => step).sort()).toEqual(['file:/etc/motd', 'package:nginx']);
  });

  test('three thousand receipts of one machine are kept in order', async () => {
    const many = Array.from(
      { length: 3000 },
      (_, i): Receipt => ({
        step: `file:/srv/${i}`,
        hash: '3'.repeat(64),
        state: 'ok',
        durationMs: 1,
      }),
    );
    await record.beginChange(aChange(first));
    await record.putMachine(anEntry(first, { receipts: many }));
    expect((await record.history(web1))[0]?.receipts).toEqual(many);
  });

  test('many machines written at once by two processes all arrive', async () => {
    const other = openRecord(url);
    await record.beginChange(aChange(first));
    const names = Array.from({ length: 40 }, (_, i) => `web-${String(i).padStart(2, '0')}`);
    await Promise.all(
      names.map((machine, i) =>
        (i % 2 ? record : other).putMachine(
          anEntry(first, { ref: { ...web1, machine }, outcome: { machine, outcome: 'applied', phases: [] } }),
        ),
      ),
    );
    expect((await record.outcomes(first)).map((row) => row.machine)).toEqual(names);
    expect(Object.keys(await record.base(prod))).toEqual(names);
    await other.close();
  });
});

test('a URL that names no record is refused without its password', () => {
  expect(() => openRecord('mysql://me:hunter2@db/mw')).toThrow('"mysql://db/mw" names no record.');
  expect(() => openRecord('sqlite://relative.db')).toThrow('names no record');
});

test('a database that is not there is unavailable and may come back', async () => {
  const record = openRecord('postgres://postgres@127.0.0.1:1/none');
  await expect(record.machines(prod)).rejects.toMatchObject({
    info: { code: 'MW-RECORD-UNAVAILABLE', cause: 'infrastructure' },
    retryable: true,
  });
  await record.close();
});
