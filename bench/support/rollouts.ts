import type { WorkflowHandle } from '@temporalio/client';
import type { Strategy } from '../../src/model/index.js';
import { changeStart } from '../../src/workflows/start.js';
import type { RolloutInput, RolloutResult } from '../../src/workflows/types.js';
import { planChange, type SimFleet } from '../../test/support/sim-fleet.js';
import { type Engine, referenceQueue } from './engine.js';
import { cpuOf, cpuOfTree } from './host.js';
import { median, rounded } from './statistics.js';

/** ms per machine: wall clock, then CPU time of each process. */
export interface Cost {
  readonly wall: number;
  readonly server: number;
  readonly worker: number;
  /** Of all processes of the database, where it isn't part of the server. */
  readonly postgres?: number;
}

/** Few machines take few milliseconds, so small sizes are measured more often. */
export const roundsOf = (machines: number): number => (machines <= 10 ? 9 : machines <= 100 ? 5 : 1);

let fleets = 0;

/** Bundles are empty: what a step costs belongs to the target and the runner. */
export const newFleet = (machines: number, window: number, strategy?: Strategy): SimFleet => ({
  environment: { fleet: 'bench', fleetUid: `uid${process.pid}x${++fleets}`, environment: 'dev' },
  groups: [{ group: 'web', count: machines, maxParallel: window, steps: [], strategy }],
});

/** What a rollout of the fleet costs, from its start until its result, which must have these counts. */
export async function rollOut(
  engine: Engine,
  fleet: SimFleet,
  counts: Record<string, number>,
): Promise<Cost> {
  const { change, document } = await planChange(engine.site.store, engine.record, fleet);
  const { type, ...options } = changeStart(change, document);
  const machines = fleet.groups[0]?.count ?? 0;
  return costOf(engine, machines, async () => {
    const handle: WorkflowHandle<(input: RolloutInput) => Promise<RolloutResult>> =
      await engine.client.workflow.start(type, options);
    const result = await handle.result();
    const [got, wanted] = [JSON.stringify(result.counts), JSON.stringify(counts)];
    if (got !== wanted) throw new Error(`the rollout ended ${result.outcome} ${got}, expected ${wanted}`);
  });
}

/** What anybody would write, over as many machines; gives back its id, too: that of a machine is `ID/0/machine-1`. */
export async function rollOutReference(
  engine: Engine,
  machines: number,
  window: number,
): Promise<{ readonly id: string; readonly cost: Cost }> {
  const id = `reference/${++fleets}`;
  const options = { workflowId: id, taskQueue: referenceQueue, args: [id, machines, window] };
  const run = () => engine.client.workflow.execute('referenceRollout', options);
  return { id, cost: await costOf(engine, machines, async () => void (await run())) };
}

/** Machines of earlier rounds would only take memory. */
export function forget({ site, record }: Engine): void {
  site.vms.clear();
  record.entries.length = 0;
}

async function costOf({ server }: Engine, machines: number, work: () => Promise<void>): Promise<Cost> {
  const now = () => ({
    wall: performance.now(),
    server: cpuOf(server.pid),
    worker: cpuOf(process.pid),
    ...(server.databasePid === undefined ? {} : { postgres: cpuOfTree(server.databasePid) }),
  });
  const before = now();
  await work();
  return joined([now(), before], ([after = 0, earlier = 0]) => rounded((after - earlier) / machines));
}

export const medianCost = (costs: readonly Cost[]): Cost => joined(costs, (all) => rounded(median(all)));

/** CPU time of all processes. */
export const cpu = ({ server, worker, postgres = 0 }: Cost): number => server + worker + postgres;

/** Makes one cost of several, figure by figure. */
function joined(costs: readonly Cost[], join: (all: readonly number[]) => number): Cost {
  const all = (of: (cost: Cost) => number | undefined) => join(costs.map((one) => of(one) ?? 0));
  return {
    wall: all((one) => one.wall),
    server: all((one) => one.server),
    worker: all((one) => one.worker),
    ...(costs[0]?.postgres === undefined ? {} : { postgres: all((one) => one.postgres) }),
  };
}

/** `54.1 ms [server 36.2, worker 19.0]` */
export const costText = ({ wall, ...processes }: Cost): string => {
  const each = Object.entries(processes).map(([name, ms]) => `${name} ${ms.toFixed(1)}`);
  return `${wall.toFixed(1)} ms [${each.join(', ')}]`;
};
