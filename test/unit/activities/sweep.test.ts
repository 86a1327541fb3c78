import { beforeEach, describe, expect, it } from 'vitest';
import { classify } from '../../../src/activities/sweep.js';
import type { SweepTask } from '../../../src/activities/types.js';
import { type InstanceInfo, instanceId } from '../../../src/model/index.js';
import { Bench, codeOf, ref, shape } from './site.js';

const info = (machineId: string, changeId: string, more: Partial<InstanceInfo> = {}): InstanceInfo => ({
  ...{ instance: `${machineId}@${changeId}`, machineId, power: 'on', protect: false, hostKey: 'k' },
  ...{ addresses: {}, published: {}, keptDisks: [], shape: 's' },
  ...more,
});
const here = { fleetUid: 'uid', environment: 'dev' };
const kinds = (known: Record<string, string>, spared: string[], instances: InstanceInfo[]) => {
  const { orphans, ...rest } = classify({ ...here, known, spared }, instances, ['vm 7 of somebody']);
  return { ...rest, orphans: orphans.map(({ instance }) => instance) };
};

describe('a sweep tells apart', () => {
  it('what is known from what is of this environment and known to nobody', () => {
    const all = [info('uid/dev/web-1', '01A'), info('uid/dev/web-2', '01A')];
    expect(kinds({ 'web-1': 'uid/dev/web-1@01A' }, [], all)).toEqual({
      owned: ['uid/dev/web-1@01A'],
      spared: [],
      orphans: ['uid/dev/web-2@01A'],
      foreign: ['vm 7 of somebody'],
      missing: [],
    });
  });

  it('two incarnations of one machine: the one that is not known is the orphan', () => {
    const all = [info('uid/dev/web-1', '01A'), info('uid/dev/web-1', '01B')];
    const { owned, orphans, missing } = kinds({ 'web-1': 'uid/dev/web-1@01B' }, [], all);
    expect({ owned, orphans, missing }).toEqual({
      owned: ['uid/dev/web-1@01B'],
      orphans: ['uid/dev/web-1@01A'],
      missing: [],
    });
  });

  it('other fleets and other environments, however alike their names are', () => {
    const all = [info('uid2/dev/web-1', '01A'), info('uid/dev2/web-1', '01A'), info('uid/prod/web-1', '01A')];
    const { orphans, foreign } = kinds({}, [], all);
    expect(orphans).toEqual([]);
    expect(foreign).toHaveLength(4);
  });

  it('what is known and not there, unless somebody works on it', () => {
    const known = { 'web-1': 'uid/dev/web-1@01A', 'web-2': 'uid/dev/web-2@01A' };
    expect(kinds(known, ['web-2'], []).missing).toEqual(['uid/dev/web-1@01A']);
  });

  it('spared machines, which are never orphans', () => {
    const { orphans, spared } = kinds({}, ['web-1'], [info('uid/dev/web-1', '01A')]);
    expect({ orphans, spared }).toEqual({ orphans: [], spared: ['uid/dev/web-1@01A'] });
  });

  it('a machine that is called like a property of every object', () => {
    expect(kinds({}, [], [info('uid/dev/constructor', '01A')]).orphans).toEqual(['uid/dev/constructor@01A']);
  });
});

describe('a sweep that removes', () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = new Bench();
    for (const machine of ['web-1', 'web-2', 'web-3']) await made(machine, machine === 'web-2');
  });
  const idOf = (machine: string) => instanceId({ ...ref, machine }, '01A');
  const made = (machine: string, protect: boolean) =>
    bench.deps.provider.create(
      { ref: { ...ref, machine }, instance: idOf(machine), shape, protect, loginKeys: [] },
      () => undefined,
      new AbortController().signal,
    );
  const sweep = (more: Partial<SweepTask> = {}) =>
    bench.run(() =>
      bench.activities.vm.sweep({
        ...{ ...here, site: 'main', known: { 'web-1': idOf('web-1') }, spared: [], remove: true },
        ...more,
      }),
    );
  const left = () => [...bench.site.vms.keys()].sort();

  it('destroys orphans with their console kept, and neither protected nor known ones', async () => {
    const { orphans } = await sweep();
    expect(left()).toEqual([idOf('web-1'), idOf('web-2')]);
    expect(orphans.map(({ machine, removed, why }) => [machine, removed, why])).toEqual([
      ['web-2', false, 'it is protected'],
      ['web-3', true, undefined],
    ]);
    const console = await bench.site.store.get(orphans[1]?.console ?? '');
    expect(Buffer.from(console).toString()).toBe(`console of ${idOf('web-3')}`);
  });

  it('destroys only what was named, and nothing where it was not asked to', async () => {
    const { orphans } = await sweep({ only: [idOf('web-2')] });
    expect(orphans.map(({ why }) => why)).toEqual(['it is protected', 'it was not named']);
    await sweep({ remove: false });
    expect(left()).toHaveLength(3);
  });

  it('leaves an orphan whose state nobody can tell', async () => {
    const vm = bench.site.vm('web-3');
    vm.info = { ...vm.info, power: 'unknown' };
    expect((await sweep()).orphans[1]).toMatchObject({
      removed: false,
      why: 'somebody may be working on it',
    });
    expect(left()).toHaveLength(3);
  });

  it('goes on past an orphan that cannot be destroyed and says why', async () => {
    bench.site.onDestroy = async (machine) => {
      if (machine === 'web-3') throw new Error('the disk is busy');
    };
    const { orphans } = await sweep();
    expect(orphans[1]).toMatchObject({ removed: false });
    expect(orphans[1]?.why).toContain('the disk is busy');
  });

  it('is refused for another site', async () => {
    expect(await codeOf(sweep({ site: 'other' }))).toBe('MW-SITE-MISROUTED');
  });
});
