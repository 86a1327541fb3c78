import { beforeEach, describe, expect, it } from 'vitest';
import { type Change, documentDomains, type MachineRef, type Plan, preimage } from '../../src/model/index.js';
import type { CreateRequest } from '../../src/providers/port.js';
import type { DriftRow, MachineEntry, RunRecord, ScanEntry } from '../../src/record/port.js';
import type { ReconcileReport } from '../../src/workflows/reconcileTypes.js';
import type { SimVm } from '../support/sim.js';
import { compileSim } from '../support/sim-bundle.js';
import { nothingTwice } from './invariants.js';
import { Dice } from './keyed.js';
import { changeIdOf } from './names.js';
import { recordedAtRest, scanEnded } from './scanInvariants.js';
import { RecentStore } from './store.js';
import { Truth } from './truth.js';
import type { ScanPlan } from './watch.js';
import { type Attempt, World } from './world.js';

/** As with those of rollouts: each test breaks one thing in a world that is well. */
describe('the invariants of scans in chaos', () => {
  const earlier = changeIdOf(1, 1);
  const mend = '01KAAAAAAAAAAAAAAAAAAAAAAA';
  const counts = { aligned: 1, drifted: 0, failed: 0, unobserved: 0 };
  const { bundle } = compileSim({
    ...{ group: 'web', version: '1', verify: ['command:answers'], wrong: [], steps: ['file:/a', 'file:/b'] },
  });
  const assigned = bundle.bundle;
  let world: World;
  let truth: Truth;
  let vm: SimVm;
  let ref: MachineRef;
  let scan: Attempt;
  let rows: DriftRow[];
  let entries: ScanEntry[];

  beforeEach(async () => {
    world = new World(1, new Dice([1]), 0, () => undefined, new RecentStore());
    truth = new Truth(world);
    ref = { ...world.environment, machine: 'web-1' };
    rows = [];
    entries = [];
    world.record.real = { drift: async () => rows, scans: async () => entries } as unknown as RunRecord;
    world.bundles.set(assigned, bundle);
    const { provider } = world.site.deps();
    const instance = `${ref.fleetUid}/dev/web-1@${earlier}`;
    const request = { ref, instance, shape: {}, protect: false, loginKeys: [] } as unknown as CreateRequest;
    await provider.create(request, () => undefined, new AbortController().signal);
    vm = world.site.vms.get(instance) as SimVm;
    vm.target.disk.head = { generation: 1, bundle: assigned, run: `${earlier}/web-1/apply/1` };
    for (const step of bundle.steps) vm.target.applied.set(step.id, step.hash);
    world.record.entries.push(entry(earlier, '2026-01-01T00:00:00Z'));
    scan = { ...attemptOf(`reconcile/${ref.fleetUid}/dev/main-1`, ''), activity: 'scan' };
    world.watch.plans.set(scan.of, { mode: 'enforce', maxMachines: 1 });
    world.watch.clean.add('web');
  });

  function entry(changeId: string, since: string): MachineEntry {
    return {
      ...{ ref, changeId, since, site: 'main', group: 'web', receipts: [], evidence: {}, debts: [] },
      ...{ assigned, verified: assigned, instance: vm.info },
      outcome: { machine: 'web-1', outcome: 'applied', phases: [] },
    };
  }
  function attemptOf(of: string, change: string): Attempt {
    return { of, change, machine: 'web-1', activity: 'provision', attempt: 1, schedule: 1, ofControl: false };
  }
  const says = (state: ScanEntry['mode'] | DriftRow['state'], more: Partial<DriftRow> = {}) =>
    world.watch.says(scan, [{ machine: 'web-1', scan: 'S', at: '', state, assigned, ...more } as DriftRow]);
  const drifts = (step = 'file:/a') => world.watch.spoil('web-1', vm, step);
  const found = (text: string | RegExp) =>
    expect(world.violations).toEqual(expect.arrayContaining([expect.stringMatching(text)]));
  const startArgv = (run: string, purpose = 'apply') => [
    ...['sh', '-c', 'x', 'millwright', 'runner', 'start', '--run', run, '--purpose', purpose],
  ];

  async function begin(group = 'web', machines = ['web-1']): Promise<void> {
    const plan = {
      groups: [{ group, machines: machines.map((machine) => ({ machine })) }],
    } as unknown as Plan;
    const digest = await world.site.store.put(preimage(documentDomains.plan, plan));
    const change = { id: mend, verb: 'reconcile', plan: digest } as Change;
    world.record.changes.set(mend, change);
    await world.watch.begins(scan, change);
  }
  /** Somebody drifts, a scan sees and says it, and begins to mend. */
  async function mendable(): Promise<void> {
    drifts();
    world.watch.looks(scan, 'web-1', 'find');
    says('drifted', { steps: [{ step: 'file:/a', reason: '' }] });
    await begin();
  }
  const report = (mended: Partial<ReconcileReport['mended']> = {}): ReconcileReport => ({
    ...{ scan: 'S', counts, drifted: [], mended: { machines: [], refused: [], ...mended } },
  });
  const ends = (plan: Partial<ScanPlan>, said: ReconcileReport | undefined, status = 'COMPLETED') =>
    scanEnded(world, { mode: 'enforce', maxMachines: 1, ...plan }, status, said);
  const recorded = (more: Partial<ScanEntry> = {}): ScanEntry => ({
    ...{ ...world.environment, scan: 'S', site: 'main', mode: 'enforce', startedAt: '', endedAt: '' },
    ...{ counts, mended: 0, change: null, ...more },
  });

  it('hold of scans that do what they should', async () => {
    world.watch.looks(scan, 'web-1', 'ssh.exec', startArgv('reconcile/web-1/check/1', 'check'));
    says('aligned');
    await world.watch.closes(scan);
    await mendable();
    world.watch.mending(attemptOf('', mend), 'web-1', vm, startArgv(`${mend}/web-1/apply/1`));
    for (const step of bundle.steps) vm.target.applied.set(step.id, step.hash);
    world.record.ended.set(mend, 'succeeded');
    world.record.entries.push(entry(mend, '2999-01-01T00:00:00Z'));
    rows = [{ machine: 'web-1', state: 'drifted', at: '2026-01-02T00:00:00Z' } as DriftRow];
    entries = [recorded({ mended: 1, change: mend })];
    const machines = [{ machine: 'web-1', outcome: 'applied' as const, phases: [] }];
    await ends({}, report({ changeId: mend, machines }));
    await recordedAtRest(world);
    expect(world.violations).toEqual([]);
  });

  it('see a scan that did not end well, and an end that the record lacks or has otherwise', async () => {
    await ends({}, undefined, 'FAILED');
    found('a scan is FAILED');
    await ends({}, report());
    found('scan S has ended, and the record does not know');
    entries = [recorded({ counts: { ...counts, drifted: 1 } })];
    await ends({}, report());
    found('the record has');
  });

  it('see a word that was never so', () => {
    says('aligned');
    found('web-1 aligned: not so at any of 0 looks');
    drifts();
    world.watch.looks(scan, 'web-1', 'find');
    says('aligned');
    found('aligned: not so at any of 1 looks');
    says('drifted', { steps: [{ step: 'file:/b', reason: '' }] });
    found('drifted file:/b: not so');
    says('drifted', { steps: [{ step: 'power', reason: '' }] });
    found('drifted power: not so');
    says('failed', { reason: 'command:answers' });
    found('failed .*: not so');
    says('unobserved');
    found('it does not say why');
  });

  it('see a look that changes something', () => {
    world.watch.looks(scan, 'web-1', 'start');
    found('a scan does start to web-1');
    world.watch.looks(scan, 'web-1', 'ssh.exec', startArgv('r', 'apply'));
    found('a scan does apply to web-1');
  });

  it('see one that may only report and mends', async () => {
    world.watch.plans.set(scan.of, { mode: 'report', maxMachines: 1 });
    await mendable();
    found('it may only report');
    const machines = [{ machine: 'web-1', outcome: 'applied' as const, phases: [] }];
    await ends({ mode: 'report' }, report({ changeId: mend, machines }));
    found('scan S may only report');
  });

  it('see a budget that is exceeded', async () => {
    await begin('web', ['web-1', 'web-2']);
    found('its budget is 1');
    const machines = ['web-1', 'web-2'].map((machine) => ({ machine, outcome: 'owed' as const, phases: [] }));
    await ends({}, report({ changeId: mend, machines }));
    found('scan S mends 2');
  });

  it('see that what was not found to have drifted is mended, and a group that was never clean', async () => {
    world.watch.clean.clear();
    await begin();
    found('it did not find drift on web-1');
    found('group web was never found aligned');
    world.watch.looks(scan, 'web-1', 'find');
    says('aligned');
    await world.watch.closes(scan);
    expect([...world.watch.clean]).toEqual(['web']);
  });

  it('see a mend of what is well, of what its scan did not mean, and of what somebody works on', async () => {
    await mendable();
    const work = (machine = 'web-1') =>
      world.watch.mending(attemptOf('', mend), machine, vm, startArgv(`${mend}/${machine}/apply/1`));
    world.watch.own('web-1', earlier);
    work();
    found(`${earlier} works on it`);
    work('web-2');
    found('its scan did not mean it');
    for (const step of bundle.steps) vm.target.applied.set(step.id, step.hash);
    work();
    found('nothing was wrong with it');
  });

  it('see that a machine is mended twice by one scan', async () => {
    await mendable();
    for (const n of [1, 2]) vm.target.disk.runs.set(`${mend}/web-1/apply/${n}`, { lines: [], active: false });
    expect([...nothingTwice(world)].join()).toContain(`had 2 runs of ${mend}`);
  });

  it('see a false claim of a mend while its change is open', async () => {
    await mendable();
    truth.put(entry(mend, '2999-01-01T00:00:00Z'));
    found('web-1 is applied: .*file:/a differ');
  });

  it('see a change without end, and drift that the record has wrong', async () => {
    await mendable();
    rows = [{ machine: 'web-1', state: 'aligned', at: '2999-01-01T00:00:00Z' } as DriftRow];
    await recordedAtRest(world);
    found(`change ${mend} of a scan has no end`);
    found('the record says web-1 is aligned');
  });

  it('see an outcome that the record has otherwise', async () => {
    await mendable();
    world.record.entries.push(entry(mend, '2999-01-01T00:00:00Z'));
    const machines = [{ machine: 'web-1', outcome: 'failed' as const, phases: [] }];
    await ends({}, report({ changeId: mend, machines }));
    found('web-1 is mended: failed, the record says applied');
  });
});
