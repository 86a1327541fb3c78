import type { Client, WorkflowHandle } from '@temporalio/client';
import { type Change, documentDomains, preimage, workflowId } from '../../src/model/index.js';
import { changeStart } from '../../src/workflows/start.js';
import type { RolloutProgress, RolloutResult } from '../../src/workflows/types.js';
import { bundleOf, planChange, type SimFleet } from '../support/sim-fleet.js';
import type { SimTarget } from '../support/sim-target.js';
import { sleep } from './faults.js';
import { atRest, healed, outcomesAgree, votesKept } from './invariants.js';
import { changeIdOf } from './names.js';
import { Operator } from './operator.js';
import type { Replays } from './replays.js';
import { recordedAtRest } from './scanInvariants.js';
import { Scans } from './scans.js';
import { fleetOf, type Script } from './script.js';
import type { Stage } from './server.js';
import { describe, state } from './tell.js';
import { timing } from './tempo.js';

export interface Engine {
  readonly client: Client;
  readonly replays: Replays;
  readonly replaysMachines: boolean;
}

/** Plays one schedule to its end: its changes, then a calm one that must mend all. */
export async function play(stage: Stage, script: Script, engine: Engine, count: (kind: string) => void) {
  const { world } = stage;
  world.site.onMade = (machine, target) => haunt(stage, machine, target);
  world.site.onCreate = async (machine, moment, signal) => {
    await sleep(world.dice.between(`create ${machine} ${moment}`, 0, 15));
    signal.throwIfAborted();
  };
  const player = new Player(stage, script, engine, count);
  for (let n = 1; n <= script.changes && world.violations.length === 0; n++) await player.change(n);
  if (world.violations.length === 0) await player.mend();
}

/** Lets a machine fail a step now and then, die in the middle of one, or take its time. */
function haunt({ world }: Stage, machine: string, target: SimTarget): void {
  const times = new Map<string, number>();
  target.behaviour.beforeStep = async (step, run) => {
    const time = (times.get(`${step} ${run}`) ?? 0) + 1;
    times.set(`${step} ${run}`, time);
    const [change = '', ...rest] = run.split('/');
    const name = [world.nameOf(change), ...rest].join('/');
    const dice = world.dice.of('step', machine, step, name, time);
    await sleep(dice.between('takes', 0, 12));
    if (!world.faultsOn) return void target.behaviour.failing.delete(step);
    if (dice.chance('fails', world.intensity / 5)) {
      world.say(`${machine} ${step} fails this time`);
      world.count('step fails');
      target.behaviour.failing.add(step);
    } else target.behaviour.failing.delete(step);
    if (!dice.chance('dies', world.intensity / 8)) return;
    world.say(`${machine} reboots in ${step}`);
    world.count('step reboots');
    target.reboot();
  };
}

class Player {
  private last?: Change;
  private readonly scans: Scans;

  constructor(
    private readonly stage: Stage,
    private readonly script: Script,
    private readonly engine: Engine,
    private readonly count: (kind: string) => void,
  ) {
    this.scans = new Scans(stage, engine, count);
  }

  async change(n: number): Promise<void> {
    const { world } = this.stage;
    world.faultsOn = true;
    await this.scans.between(n);
    this.scans.beside(n);
    const dice = world.dice.of('change', n);
    if (this.last !== undefined && dice.chance('take back', 0.15)) return this.takeBack(n, this.last);
    const fleet = fleetOf(world.dice, this.script, n);
    const change = await this.plan(fleet, n, { allowDestroy: dice.chance('may destroy', 0.7) });
    if (dice.chance('hold', 0.05)) this.hold();
    await this.run(change, fleet);
  }

  /** Once more without faults: what chaos left must be mendable by the plainest command there is. */
  async mend(): Promise<void> {
    const { world } = this.stage;
    const n = this.script.changes + 1;
    await this.scans.between(n);
    await this.scans.ended();
    world.calm();
    await this.settle();
    atRest(world);
    await recordedAtRest(world);
    for (let again = 0; again < 3 && world.violations.length === 0; again++) {
      const fleet = fleetOf(world.dice, this.script, n, true);
      const change = await this.plan(fleet, n + again, { allowDestroy: true });
      await this.run(change, fleet, true);
      await this.settle();
      if (world.record.ended.get(change.id) !== 'succeeded') continue;
      atRest(world);
      return healed(world, fleet);
    }
    if (world.violations.length === 0) world.violated('three calm changes did not mend the fleet');
  }

  private async plan(fleet: SimFleet, n: number, more: Partial<Change>): Promise<Change> {
    const { world } = this.stage;
    for (const group of fleet.groups) {
      const { bundle } = bundleOf(group, fleet.version ?? '1');
      world.bundles.set(bundle.bundle, bundle);
    }
    const declared = new Set(
      fleet.groups.flatMap(({ group, count }) =>
        Array.from({ length: count }, (_, i) => `${group}-${i + 1}`),
      ),
    );
    const base = await world.record.port().base(world.environment);
    const removed = Object.keys(base).filter((machine) => !declared.has(machine));
    const id = changeIdOf(this.script.schedule, n);
    const { change } = await planChange(
      world.site.store,
      world.record,
      { ...fleet, removed },
      { id, ...more },
    );
    return change;
  }

  /** Of a run that has ended, by its own change. */
  private async takeBack(n: number, of: Change): Promise<void> {
    const id = changeIdOf(this.script.schedule, n);
    this.count('rollback of an ended run');
    await this.run({ ...of, id, verb: 'rollback', of: of.of ?? of.id }, undefined);
  }

  private async run(change: Change, fleet: SimFleet | undefined, calm = false): Promise<void> {
    const { world } = this.stage;
    world.begin(
      change.id,
      (fleet?.gates ?? []).map(({ id }) => id),
    );
    if (change.verb === 'up') this.last = change;
    world.say(`change ${change.id.slice(16, 18)} ${change.verb} ${describe(fleet)}`);
    const document = await world.site.store.put(preimage(documentDomains.change, change));
    const { type, ...options } = changeStart(change, document, timing);
    const rollout = await this.engine.client.workflow.start(type, {
      ...options,
      workflowIdConflictPolicy: 'FAIL',
    });
    const operator = new Operator(world, rollout, world.dice.of('operator', change.id), this.count, calm);
    if (!(await operator.attend()))
      return world.violated(`change ${change.id} did not end: ${await state(rollout)}`);
    const { name } = (await rollout.describe()).status;
    this.count(`rollout ${name}`);
    this.count(`change ${world.record.ended.get(change.id)}`);
    if (name !== 'COMPLETED' && name !== 'CANCELLED') world.violated(`rollout ${change.id} is ${name}`);
    if (!world.record.ended.has(change.id))
      world.violated(`change ${change.id} has no outcome in the record`);
    await this.machinesClosed();
    const result = await resultOf(rollout);
    if (result === undefined) world.violated(`change ${change.id} has ended without a result`);
    else outcomesAgree(world, change.id, result);
    votesKept(world, change.id);
    // Nobody disturbs a calm one.
    if (!calm) await this.replay(rollout);
  }

  private async replay(rollout: WorkflowHandle): Promise<void> {
    const { replays, replaysMachines } = this.engine;
    for (const handle of [rollout, ...(replaysMachines ? this.machines() : [])]) {
      const why = await replays.of(handle);
      if (why !== undefined) this.stage.world.violated(why);
    }
  }

  private machines(): WorkflowHandle[] {
    const { world } = this.stage;
    const names = new Set(world.record.entries.map(({ ref }) => ref.machine));
    const { workflow } = this.engine.client;
    return [...names].map((machine) =>
      workflow.getHandle(workflowId.machine({ ...world.environment, machine })),
    );
  }

  private async machinesClosed(): Promise<void> {
    const { world } = this.stage;
    for (const handle of this.machines()) {
      for (let waited = 0; ; waited++) {
        const status = await handle.describe().then(
          ({ status }) => status.name,
          () => 'NONE',
        );
        if (status === 'COMPLETED' || status === 'CANCELLED' || status === 'NONE') break;
        if (status !== 'RUNNING' || waited > 60)
          return world.violated(`${handle.workflowId} is ${status} after its rollout closed`);
        await sleep(500);
      }
    }
  }

  /** Zombies have ended, and so have runs on targets that nobody follows any more. */
  private async settle(): Promise<void> {
    const { world } = this.stage;
    for (let waited = 0; waited < 400; waited++) {
      const active = world.machines().some(({ target }) => target.status().active !== null);
      if (world.zombies <= 0 && !active) return;
      await sleep(50);
    }
    world.violated(`${world.zombies} zombies or a run on a target go on for ever`);
  }

  private hold(): void {
    const { world } = this.stage;
    const [vm] = world.machines();
    if (vm === undefined) return;
    vm.target.disk.hold = { reason: 'debugging', by: 'operator' };
    world.say(`${machineIdOf(vm.info.machineId)} is held`);
    setTimeout(() => {
      vm.target.disk.hold = null;
    }, 1_000);
  }
}

/** A cancelled one has no result, but still answers; a query fails while a worker that was killed is waited for. */
async function resultOf(rollout: WorkflowHandle): Promise<RolloutResult | undefined> {
  const result = await rollout.result().catch(() => undefined);
  for (let left = 20; result === undefined && left > 0; left--) {
    const progress = await rollout.query<RolloutProgress>('progress').catch(() => undefined);
    if (progress !== undefined) return progress.result;
    await sleep(500);
  }
  return result;
}

const machineIdOf = (id: string): string => id.split('/').at(-1) ?? id;
