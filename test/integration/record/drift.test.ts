import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DriftEntry, openRecord, type RunRecord } from '../../../src/record/index.js';
import { type PostgresCluster, startPostgres } from '../../support/postgres.js';
import { anEntry, first, prod, second, web1 } from './entries.js';

let cluster: PostgresCluster;
let dir: string;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mw-drift-'));
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

const at = (minute: number): string => `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`;

describe.each(['sqlite', 'postgres'] as const)('drift in the record on %s', (kind) => {
  let record: RunRecord;
  beforeEach(async () => {
    record = openRecord(await databases[kind]());
    await record.migrate();
    await record.putMachine({ ...anEntry(first), since: at(0) });
  });
  afterEach(() => record.close());

  const { assigned, instance } = anEntry(first);
  const found = (minute: number, more: Partial<DriftEntry> = {}): Promise<void> =>
    record.putDrift(prod, [
      {
        ...{ machine: web1.machine, scan: `scan-${minute}`, at: at(minute), state: 'drifted', assigned },
        ...{ steps: [{ step: 'file:/a', reason: 'looked' }], ...more },
      },
    ]);

  test('begins with the scan that found it first, and ends with the one that found it gone', async () => {
    await found(1);
    await found(2);
    expect(await record.drift(prod)).toMatchObject([{ state: 'drifted', since: at(1), at: at(2) }]);
    await found(3, { state: 'aligned', steps: [] });
    expect(await record.drift(prod)).toMatchObject([{ state: 'aligned', since: null, steps: [] }]);
    await found(4);
    expect(await record.drift(prod)).toMatchObject([{ since: at(4) }]);
  });

  test('goes on while nobody sees that it is gone', async () => {
    await found(1);
    await found(2, { state: 'unobserved', steps: [], reason: 'refused' });
    expect(await record.drift(prod)).toMatchObject([
      { state: 'unobserved', since: at(1), steps: [{ step: 'file:/a' }], reason: 'refused' },
    ]);
  });

  test('says nothing against what was begun later and ended well, and nothing of another bundle', async () => {
    await found(5);
    await record.putMachine({ ...anEntry(second), instance, assigned, since: at(6) });
    expect(await record.drift(prod)).toEqual([]);
    await found(7, { assigned: 'another' });
    expect(await record.drift(prod)).toEqual([]);
  });

  test('goes on where what was begun later failed', async () => {
    await found(5);
    const outcome = { machine: web1.machine, outcome: 'failed', phases: [] } as const;
    await record.putMachine({ ...anEntry(second), instance, assigned, outcome, since: at(6) });
    await found(7);
    expect(await record.drift(prod)).toMatchObject([{ since: at(5) }]);
  });

  test('is not taken back by a scan that comes late', async () => {
    await found(5);
    await found(4, { state: 'aligned', steps: [] });
    expect(await record.drift(prod)).toMatchObject([{ state: 'drifted', at: at(5) }]);
  });

  test('a group is clean once one scan has found every machine of it aligned, and stays so', async () => {
    const site = anEntry(first).site;
    await found(1);
    await record.noteClean(prod, { site, scan: 'scan-1', at: at(1) });
    expect(await record.drift(prod)).toMatchObject([{ clean: false }]);
    await found(2, { state: 'aligned', steps: [] });
    await record.noteClean(prod, { site, scan: 'scan-2', at: at(2) });
    await found(3);
    expect(await record.drift(prod)).toMatchObject([{ clean: true }]);
  });

  test('scans are kept, newest first, and written again say the same', async () => {
    const counts = { aligned: 1, drifted: 2, failed: 3, unobserved: 4 };
    const entry = (scan: string) => ({
      ...{ ...prod, scan, site: 'main', mode: 'enforce', startedAt: at(1), endedAt: at(2) },
      ...{ counts, mended: 1, change: second },
    });
    for (const scan of ['scan-1', 'scan-2', 'scan-1'])
      await record.putScan({ ...entry(scan), mode: 'enforce' });
    expect((await record.scans(prod, 5)).map(({ scan }) => scan)).toEqual(['scan-2', 'scan-1']);
    expect((await record.scans(prod, 1))[0]).toMatchObject({ counts, mended: 1, change: second });
  });
});
