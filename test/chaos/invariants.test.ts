import { beforeEach, describe, expect, it } from 'vitest';
import { instanceId, type MachineOutcome, type MachineRef } from '../../src/model/index.js';
import type { CreateRequest } from '../../src/providers/port.js';
import type { MachineEntry } from '../../src/record/port.js';
import type { RolloutResult } from '../../src/workflows/types.js';
import type { SimVm } from '../support/sim.js';
import { type CompiledSim, compileSim } from '../support/sim-bundle.js';
import { atRest, healed, outcomesAgree, votesKept } from './invariants.js';
import { Dice } from './keyed.js';
import { changeIdOf } from './names.js';
import { RecentStore } from './store.js';
import { Truth } from './truth.js';
import { World } from './world.js';

/** Every check must be able to fail: each test breaks one thing in a world that is well. */
describe('the invariants of chaos', () => {
  const change = changeIdOf(1, 1);
  const run = `${change}/web-1/apply/1`;
  const sim: CompiledSim = compileSim({
    ...{ group: 'web', version: '1', verify: ['command:answers'], wrong: [] },
    steps: [{ id: 'file:/a', notify: ['reload service:s'] }, 'service:s'],
  });
  const id = sim.bundle.bundle;
  let world: World;
  let truth: Truth;
  let vm: SimVm;
  let ref: MachineRef;

  beforeEach(async () => {
    world = new World(1, new Dice([1]), 0, () => undefined, new RecentStore());
    truth = new Truth(world);
    ref = { ...world.environment, machine: 'web-1' };
    world.current = change;
    world.bundles.set(id, sim.bundle);
    vm = await make(instanceId(ref, change));
    vm.target.disk.head = { generation: 1, bundle: id, run };
    vm.target.disk.runs.set(run, { lines: [], active: false });
    for (const step of sim.bundle.steps) vm.target.applied.set(step.id, step.hash);
    vm.target.disk.noteVerified({ bundle: id, bytes: 'b', change });
    put('applied', { assigned: id, verified: id });
  });

  async function make(instance: string): Promise<SimVm> {
    const request = { ref, instance, replaces: vm?.info.instance, shape: {}, protect: false, loginKeys: [] };
    const { provider } = world.site.deps();
    await provider.create(request as unknown as CreateRequest, () => undefined, new AbortController().signal);
    return world.site.vms.get(instance) as SimVm;
  }

  function put(
    outcome: MachineOutcome['outcome'],
    more: Partial<MachineEntry> & { readonly of?: Partial<MachineOutcome> } = {},
  ): void {
    const { of, ...rest } = more;
    const entry: MachineEntry = {
      ...{ ref, changeId: change, site: 'main', group: 'web', receipts: [], evidence: {} },
      outcome: { machine: 'web-1', outcome, phases: [], ...of },
      ...{ instance: vm.info, debts: [] },
      ...rest,
    };
    truth.put(entry);
    world.record.entries.push(entry);
  }

  function violations(): readonly string[] {
    atRest(world);
    return world.violations;
  }
  const found = (text: string | RegExp) =>
    expect(violations()).toEqual(expect.arrayContaining([expect.stringMatching(text)]));

  it('hold in a world that is well', () => {
    expect(violations()).toEqual([]);
  });

  it('see a second live instance', async () => {
    await make(`${instanceId(ref, change)}+2`);
    found('two live instances');
  });

  it('see a ghost', () => {
    world.site.tombstones.add(vm.info.instance);
    found('tombstone');
  });

  it('see an instance that nobody knows, unless that was said', () => {
    put('failed', { instance: null });
    found(/exists; the record knows none/);
    world.violations.length = 0;
    put('failed', { instance: null, of: { undo: [{ what: 'destroy', done: false }] } });
    expect(violations()).toEqual([]);
  });

  it('see a recorded instance that is not there', () => {
    world.site.vms.clear();
    found('does not exist');
  });

  it('see assigned differ from the head', () => {
    vm.target.disk.head = { generation: 2, bundle: 'other', run };
    found('head is other');
  });

  it('see a verified bundle that the target never noted', () => {
    vm.target.disk.verified = [];
    found(/verified .* noted/);
  });

  it('see a debt that the record lost, and one that it invented', () => {
    vm.target.disk.owe(['reload service:s']);
    found('the record does not know');
    vm.target.disk.debts = [];
    put('failed', { debts: ['reload service:s'] });
    found('is said to owe');
  });

  it('see a run that nobody follows', () => {
    vm.target.disk.runs.set(run, { lines: [], active: true });
    found('runs on web-1');
  });

  it('see an unguarded command begun twice, and runs that nobody asked for', () => {
    const begun = { step: 'command:x', hash: 'h', run };
    vm.target.begun.push(begun, begun);
    // A rollout may grant two by itself: the fourth is one too many.
    for (const n of [2, 3, 4])
      vm.target.disk.runs.set(`${change}/web-1/apply/${n}`, { lines: [], active: false });
    found('twice');
    found('0 retries were asked for');
  });

  it('see a vote that was lost, and work that nobody has agreed to', () => {
    world.begin(change, ['rollout']);
    world.counted('rollout/voter-1');
    votesKept(world, change);
    expect(world.violations.join()).toContain('vote rollout/voter-1 was said to count');
    expect(world.isClosed('rollout')).toBe(true);
    world.agree('rollout');
    expect(world.isClosed('rollout')).toBe(false);
  });

  it('see what an unfinished create left', () => {
    put('failed', { of: { phase: 'create' }, instance: undefined });
    found('nothing was undone');
  });

  it('see a snapshot that outlived its change', async () => {
    await world.site.deps().provider.takeSnapshot(vm.info.instance, `change-${change}`, () => undefined);
    found('keeps snapshot');
  });

  it('see a claim that is not so when it is made', () => {
    world.current = changeIdOf(1, 2);
    const of = { rollback: { to: id, rungs: [{ rung: 'restore' as const, done: true }] } };
    const claim = (attempt: number) =>
      put('rolled-back-verified', { changeId: world.current, of: { ...of, attempt } });
    claim(1);
    expect(world.violations).toEqual([]);
    vm.target.applied.delete('file:/a');
    claim(2);
    found('file:/a differ');
    vm.target.behaviour.wrong.add('command:answers');
    claim(3);
    found('command:answers does not hold');
    vm.target.disk.preImages.push({
      step: 'file:/z',
      run: `${world.current}/web-1/apply/1`,
      before: undefined,
      notify: [],
    });
    claim(4);
    found('file:/z were not taken back');
    vm.target.disk.verified = [];
    claim(5);
    found('does not say that it was verified');
  });

  it('see a destroy of what exists', () => {
    put('destroyed', { of: { attempt: 2 } });
    found('it exists');
  });

  it('see that a target is told what does not hold', () => {
    const argv = ['sh', '-c', 'x', 'millwright', 'runner', 'verified', '--bundle', id];
    truth.noted(vm, argv);
    expect(world.violations).toEqual([]);
    vm.target.applied.delete('file:/a');
    truth.noted(vm, argv);
    found('does not hold');
  });

  it('see a record that disagrees with the workflow', () => {
    const machines = [{ machine: 'web-1', outcome: 'failed' as const, phases: [] }];
    outcomesAgree(world, change, { machines, outcome: 'failed' } as unknown as RolloutResult);
    found('web-1 is failed, the record says applied');
    found('the record says undefined');
  });

  it('see a fleet that a calm change did not mend', () => {
    put('failed');
    healed(world, { environment: world.environment, groups: [{ group: 'web', count: 2 }] });
    found('web-1 is failed after a calm change');
    found('2 machines are declared, 1 exist');
  });
});
