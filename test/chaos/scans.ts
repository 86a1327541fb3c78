import type { WorkflowHandle } from '@temporalio/client';
import { stopSignal } from '../../src/workflows/messages.js';
import { scheduleOptions } from '../../src/workflows/reconcileStart.js';
import type { ReconcileInput, ReconcileReport } from '../../src/workflows/reconcileTypes.js';
import { sleep } from './faults.js';
import type { Dice } from './keyed.js';
import type { Engine } from './play.js';
import { scanEnded } from './scanInvariants.js';
import type { Stage } from './server.js';
import { state } from './tell.js';
import { timing } from './tempo.js';
import type { ScanPlan } from './watch.js';

/** When nothing goes wrong any more, and when it should long have ended, ms: a host may be busy. */
const calmAfter = 60_000;
const brokenAfter = 240_000;

/** The environment's schedule, played by dice: scans between changes and beside them, and machines that people change by hand. */
export class Scans {
  private readonly under: Promise<void>[] = [];
  private isRunning = false;

  constructor(
    private readonly stage: Stage,
    private readonly engine: Engine,
    private readonly count: (kind: string) => void,
  ) {}

  /** Before change `n`, the first of which makes the machines: one that may find all well, then some drift, then one that is still at work when the change begins. */
  async between(n: number): Promise<void> {
    const dice = this.stage.world.dice.of('scans', n);
    if (n === 1 || !dice.chance('between', 0.6)) return;
    await this.scan(dice.of('first'), `${n}-1`);
    this.spoil(dice.of('by hand'));
    const second = this.scan(dice.of('second'), `${n}-2`);
    this.later(second);
    if (dice.chance('alone', 0.5)) await second;
    else await sleep(dice.between('lead', 0, 900));
  }

  /** Beside change `n`. */
  beside(n: number): void {
    const dice = this.stage.world.dice.of('scans beside', n);
    if (!dice.chance('whether', 0.15)) return;
    const scan = async (): Promise<void> => {
      await sleep(dice.between('when', 5, 1_500));
      if (dice.chance('by hand', 0.5)) this.spoil(dice.of('by hand'));
      await this.scan(dice.of('scan'), `${n}-3`);
    };
    this.later(scan());
  }

  /** All of them have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.under);
  }

  private later(work: Promise<void>): void {
    const { world } = this.stage;
    this.under.push(work.catch((error) => world.violated(`a scan broke: ${error}`)));
  }

  /** Nobody works on those that change now: what a workflow has proven a moment ago must stay so until it is recorded. */
  private spoil(dice: Dice): void {
    const { world } = this.stage;
    for (const vm of world.machines()) {
      const machine = vm.info.machineId.split('/').at(-1) ?? '';
      const here = dice.of(machine);
      const isIdle = world.watch.ownersOf(machine).length === 0 && vm.target.status().active === null;
      const steps =
        world.bundles.get(vm.target.head?.bundle ?? '')?.steps.filter((one) => !one.unguarded) ?? [];
      if (!here.chance('drifts', 0.7) || !isIdle || vm.info.power !== 'on' || steps.length === 0) continue;
      const step = here.chance('power', 0.08) ? 'power' : here.pick('step', steps).id;
      world.watch.spoil(machine, vm, step);
    }
  }

  /** One that is due while another is at work is left out, as the schedule has it. */
  private async scan(dice: Dice, name: string): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    try {
      const plan: ScanPlan = {
        mode: dice.chance('enforce', 0.7) ? 'enforce' : 'report',
        maxMachines: dice.pick('budget', [1, 1, 2, 5]),
      };
      const handle = await this.start(plan, name);
      if (dice.chance('stop', 0.12)) void this.stop(handle, dice.between('stop when', 0, 600));
      await this.follow(handle, plan);
    } finally {
      this.isRunning = false;
    }
  }

  private async start(plan: ScanPlan, name: string): Promise<WorkflowHandle> {
    const { world } = this.stage;
    const spec = {
      ...world.environment,
      site: 'main',
      everyMs: 60_000,
      origin: 'manifest',
      ...plan,
    } as const;
    const { workflowType, args, type: _, ...options } = scheduleOptions(spec).action;
    const workflowId = `${options.workflowId}-${name}`;
    world.watch.plans.set(workflowId, plan);
    world.say(`scan main-${name} ${plan.mode} at most ${plan.maxMachines}`);
    this.count(`scan ${plan.mode}`);
    const input: ReconcileInput = { ...(args[0] as ReconcileInput), timing };
    const { workflow } = this.engine.client;
    return workflow.start(workflowType, { ...options, workflowId, args: [input] });
  }

  private tally(report: ReconcileReport | undefined): void {
    for (const [found, machines] of Object.entries(report?.counts ?? {}))
      for (let n = 0; n < machines; n++) this.count(`scan finds ${found}`);
    for (const { outcome } of report?.mended.machines ?? []) this.count(`scan mends: ${outcome}`);
  }

  private async stop(handle: WorkflowHandle, afterMs: number): Promise<void> {
    await sleep(afterMs);
    this.stage.world.say(`${handle.workflowId} is asked to stop`);
    this.count('scan asked to stop');
    await handle.signal(stopSignal, { by: 'operator' }).catch(() => undefined);
  }

  private async follow(handle: WorkflowHandle, plan: ScanPlan): Promise<void> {
    const { world } = this.stage;
    const calm = setTimeout(() => world.calm(), calmAfter);
    const never = sleep(brokenAfter).then(() => 'never' as const);
    const closed = handle.result().catch(() => undefined) as Promise<ReconcileReport | undefined>;
    const report = await Promise.race([closed, never]);
    clearTimeout(calm);
    if (report === 'never') return world.violated(`${handle.workflowId} did not end: ${await state(handle)}`);
    const { name } = (await handle.describe()).status;
    this.count(`scan ${name}`);
    await scanEnded(world, plan, name, report);
    this.tally(report);
    const why = await this.engine.replays.of(handle);
    if (why !== undefined) world.violated(why);
  }
}
