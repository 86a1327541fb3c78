import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { requireRollback } from '../../../src/cli/rollback.js';
import { refuseRolledBack } from '../../../src/cli/supersede.js';
import type { Change, Outcome } from '../../../src/model/index.js';
import { openRecord, type RunRecord } from '../../../src/record/index.js';
import type { ChangeRow } from '../../../src/record/port.js';
import { directoryStore } from '../../../src/store/directory.js';
import type { Store } from '../../../src/store/port.js';
import { aChange, anEntry, prod, web1 } from '../record/entries.js';

let dir: string;
let record: RunRecord;
let store: Store;

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'mw-back-'));
  record = openRecord(`sqlite://${join(dir, 'record.db')}`);
  store = directoryStore(join(dir, 'store'));
  await record.migrate();
});
afterEach(async () => {
  await record.close();
  rmSync(dir, { recursive: true });
});

/** The `n`th run, ended as it says, and what became of its machines. */
async function ran(
  n: number,
  ended: string,
  machines: Readonly<Record<string, Outcome>>,
  more: Partial<Change> = {},
): Promise<ChangeRow> {
  const id = idOf(n);
  await record.beginChange(aChange(id, more));
  for (const [machine, outcome] of Object.entries(machines)) {
    const entry = anEntry(id, { ref: { ...web1, machine } });
    await record.putMachine({ ...entry, outcome: { ...entry.outcome, machine, outcome } });
  }
  await record.endChange(id, ended);
  return (await record.change(prod, id)) ?? expect.fail(`run ${n} is not in the record`);
}

const idOf = (n: number): string => `01K000000${n}AAAAAAAAAAAAAAAA`;
const machinesOf = (row: ChangeRow): Promise<string[]> => requireRollback({ record, store }, row);

describe('a run that has ended is taken back', () => {
  it('on the machines that it changed, not on those that it found well or never began', async () => {
    const row = await ran(1, 'failed', { 'db-1': 'aligned', 'web-1': 'applied', 'web-2': 'failed' });
    expect(await machinesOf(row)).toEqual(['web-1', 'web-2']);
  });

  it('not when a later one worked on the same machine, which is named', async () => {
    const row = await ran(1, 'succeeded', { 'db-1': 'applied', 'web-1': 'applied' });
    await ran(2, 'succeeded', { 'web-1': 'aligned' });
    expect(await machinesOf(row)).toEqual(['db-1', 'web-1']);
    await ran(3, 'succeeded', { 'web-1': 'applied' });
    await expect(machinesOf(row)).rejects.toMatchObject({
      info: {
        code: 'MW-REFUSED-ROLLBACK',
        message: 'Run 3 (up by platform) came after run 1 and worked on web-1 too.',
        remedy: 'Only the newest can be put back: millwright rollback 3',
      },
    });
  });

  it('not when a machine of it was destroyed since', async () => {
    const row = await ran(1, 'succeeded', { 'web-1': 'applied' });
    await ran(2, 'succeeded', { 'web-1': 'destroyed' }, { verb: 'destroy' });
    await expect(machinesOf(row)).rejects.toThrow('Run 2 (destroy by platform) came after run 1');
  });

  it('although a later one worked there, once that one was taken back', async () => {
    const row = await ran(1, 'succeeded', { 'web-1': 'applied' });
    await ran(2, 'succeeded', { 'web-1': 'applied' });
    await ran(3, 'rolled-back-verified', { 'web-1': 'rolled-back-verified' }, rollbackOf(2));
    expect(await machinesOf(row)).toEqual(['web-1']);
  });

  it('once; after an attempt that failed it may be tried again', async () => {
    const row = await ran(1, 'succeeded', { 'web-1': 'applied' });
    await ran(2, 'rollback-failed', { 'web-1': 'rollback-failed' }, rollbackOf(1));
    expect(await machinesOf(row)).toEqual(['web-1']);
    await ran(3, 'rolled-back-verified', { 'web-1': 'rolled-back-verified' }, rollbackOf(1));
    await expect(machinesOf(row)).rejects.toThrow('Run 1 was rolled back already, by run 3.');
  });

  it('not when it was rolled back while it ran, or changed nothing', async () => {
    const back = await ran(1, 'rolled-back-verified', { 'web-1': 'rolled-back-verified' });
    await expect(machinesOf(back)).rejects.toThrow('Run 1 was rolled back already');
    const nothing = await ran(2, 'succeeded', { 'web-1': 'aligned' });
    await expect(machinesOf(nothing)).rejects.toThrow('Run 2 changed nothing');
  });

  it('not when it is no apply', async () => {
    const row = await ran(1, 'succeeded', { 'web-1': 'destroyed' }, { verb: 'destroy' });
    await expect(machinesOf(row)).rejects.toThrow('Run 1 is a destroy: there is nothing to put back.');
  });
});

describe('a revision that was rolled back', () => {
  const revision = aChange(idOf(1)).revision;
  const refusal = { info: { code: 'MW-REFUSED-ROLLED-BACK' } };

  it('is not tried again by itself, whether the rollback was the run itself or a later one', async () => {
    await ran(1, 'rolled-back-verified', { 'web-1': 'rolled-back-verified' });
    await expect(refuseRolledBack(record, prod, revision)).rejects.toMatchObject(refusal);
    await ran(2, 'succeeded', { 'web-1': 'applied' });
    await refuseRolledBack(record, prod, revision);
    await ran(3, 'rollback-failed', { 'web-1': 'rollback-failed' }, rollbackOf(2));
    await expect(refuseRolledBack(record, prod, revision)).rejects.toThrow(
      '3f2a9c1 was rolled back by run 3 (platform, ',
    );
  });

  it('says nothing about another one', async () => {
    await ran(1, 'rolled-back-verified', { 'web-1': 'rolled-back-verified' });
    await refuseRolledBack(record, prod, 'e'.repeat(64));
  });
});

const rollbackOf = (n: number): Partial<Change> => ({ verb: 'rollback', of: idOf(n) });
