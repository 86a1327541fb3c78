import { beforeEach, describe, expect, it } from 'vitest';
import { targetOf } from '../../../src/activities/machine.js';
import type { MachineTask } from '../../../src/activities/types.js';
import { runId } from '../../../src/model/index.js';
import { Bench, codeOf, type Stored } from './site.js';

let bench: Bench;
let good: Stored;
let bad: Stored;
beforeEach(async () => {
  bench = new Bench();
  good = await bench.store('1', ['file:/a']);
  // What names a check isn't verified because it was applied.
  bad = await bench.store('2', ['file:/a', 'file:/b'], ['command:answers']);
});

const applyRun = (task: MachineTask) => ({ ...task, run: runId(task.changeId, 'web-1', 'apply', 1) });

describe('the bundle of a task', () => {
  it('takes the place of the one that the target document names, with its steps and verification', async () => {
    const task = { ...(await bench.task('01B', bad)), bundle: good.bundle };
    const target = await targetOf(bench.deps, task);
    expect(target.bundle).toBe(good.bundle);
    expect(target.steps).toEqual(['file:/a']);
    expect((await targetOf(bench.deps, { ...task, bundle: undefined })).steps).toEqual([
      'file:/a',
      'file:/b',
    ]);
  });

  it('that was never stored here fails as MW-ROLLBACK-BUNDLE', async () => {
    const task = { ...(await bench.task('01B', bad)), bundle: 'f'.repeat(64) };
    expect(await codeOf(targetOf(bench.deps, task))).toBe('MW-ROLLBACK-BUNDLE');
  });
});

describe('a rollback', () => {
  async function applied(changeId: string, stored: Stored) {
    const task = await bench.task(changeId, stored);
    const expect = bench.site.vm('web-1').target.head;
    return bench.run(() => bench.activities.push.provision({ ...applyRun(task), expect }));
  }
  const lookAt = async (stored: Stored, depth: 'status' | 'check') => {
    const task = await bench.task('01C', stored);
    return bench.run(() => bench.activities.look.look({ ...task, depth }));
  };

  beforeEach(async () => {
    const task = await bench.task('01A', good);
    await bench.run(() => bench.activities.vm.createInstance(task));
    await applied('01A', good);
    await bench.run(() => bench.activities.look.verifyMachine(task));
  });

  it('finds on the target what was verified, without comparing anything', async () => {
    await applied('01B', bad);
    const seen = await lookAt(bad, 'status');
    expect(seen.verified).toEqual([{ bundle: good.bundle, bytes: good.bytes, change: '01A' }]);
    expect(seen.head?.bundle).toBe(bad.bundle);
    expect(seen).toMatchObject({ aligned: false, differs: [], debts: [], hold: null });
  });

  it('uploads what it takes back and what it returns to, and ends with the verified bundle as head', async () => {
    await applied('01B', bad);
    const { target } = bench.site.vm('web-1');
    target.disk.files.clear();
    const task = { ...(await bench.task('01B', bad)), bundle: good.bundle, bundleBytes: good.bytes };
    const run = runId('01B', 'web-1', 'rollback', 1);
    const undo = { change: '01B', bytes: bad.bytes };
    const expected = target.head;
    const result = await bench.run(() =>
      bench.activities.push.provision({ ...task, run, expect: expected, undo }),
    );
    expect(result.failure).toBeUndefined();
    expect(result.head).toMatchObject({ bundle: good.bundle, run });
    expect([...target.disk.files.keys()].filter((path) => path.endsWith('.tar')).sort()).toEqual(
      [good, bad].map(({ bytes }) => `/var/lib/millwright/bundles/${bytes}.tar`).sort(),
    );
    expect(target.applied.has('file:/b')).toBe(false);
    expect((await lookAt(good, 'check')).aligned).toBe(true);
  });

  it('is noted as the way back when a look finds an unnoted machine aligned, but not by a preview', async () => {
    await applied('01B', bad);
    const { disk } = bench.site.vm('web-1').target;
    const preview = await bench.task('01C', bad);
    await bench.run(() => bench.activities.look.look({ ...preview, depth: 'preview' }));
    expect(disk.verified.map(({ bundle }) => bundle)).toEqual([good.bundle]);
    expect((await lookAt(bad, 'check')).aligned).toBe(true);
    expect(disk.verified.map(({ bundle }) => bundle)).toEqual([bad.bundle, good.bundle]);
  });
});
