import type { WorkflowHandle } from '@temporalio/client';
import proto from '@temporalio/proto';
import { workflowId } from '../../src/model/index.js';
import { changeStart } from '../../src/workflows/start.js';
import type { RolloutInput, RolloutResult } from '../../src/workflows/types.js';
import { planChange, type SimFleet } from '../../test/support/sim-fleet.js';
import { cpuOf, load } from '../support/host.js';
import { median, medianRatio, rounded } from '../support/statistics.js';
import { type Engine, openEngine, referenceQueue } from './engine.js';

/** ms per machine. */
interface Cost {
  readonly wall: number;
  readonly server: number;
  readonly worker: number;
}

interface Round {
  readonly life: Cost;
  readonly aligned: Cost;
  readonly reference: Cost;
}

interface History {
  readonly events: number;
  readonly bytes: number;
}

/** Medians of the rounds of one size; ratios are taken round by round. */
export interface SizeReport extends Round {
  readonly machines: number;
  readonly rounds: number;
  readonly lifeVsReference: number;
  readonly alignedVsReference: number;
  /** The same by CPU time of server and worker: it holds where other work takes the cores. */
  readonly lifeCpuVsReference: number;
  readonly alignedCpuVsReference: number;
  readonly load: number;
}

export interface OrchestrationReport {
  readonly window: number;
  readonly sizes: readonly SizeReport[];
  /** Cost of the largest size against the smallest: 1 is flat. */
  readonly growth: { readonly life: number; readonly aligned: number; readonly reference: number };
  readonly history: { readonly life: History; readonly aligned: History; readonly reference: History };
}

const warmUp = 50;

/** Few machines take few milliseconds, so small sizes are measured more often. */
const roundsOf = (machines: number): number => (machines <= 10 ? 9 : machines <= 100 ? 5 : 1);

export async function measureOrchestration(
  dir: string,
  sizes: readonly number[],
  window: number,
  say: (line: string) => void,
): Promise<OrchestrationReport> {
  const engine = await openEngine(dir, window);
  try {
    await measureRound(engine, warmUp, window, 0);
    const reports: SizeReport[] = [];
    for (const machines of sizes) {
      const report = await measureSize(engine, machines, window);
      say(describe(report));
      reports.push(report);
    }
    return { window, sizes: reports, growth: growthOf(reports), history: await histories(engine, window) };
  } finally {
    await engine.close();
  }
}

async function measureSize(engine: Engine, machines: number, window: number): Promise<SizeReport> {
  const before = load();
  const rounds: Round[] = [];
  for (let i = 0; i < roundsOf(machines); i++) rounds.push(await measureRound(engine, machines, window, i));
  const against = (kind: 'life' | 'aligned', of: (cost: Cost) => number) =>
    rounded(medianRatio(rounds.map((one) => [of(one[kind]), of(one.reference)])));
  return {
    machines,
    rounds: rounds.length,
    life: medianCost(rounds.map((one) => one.life)),
    aligned: medianCost(rounds.map((one) => one.aligned)),
    reference: medianCost(rounds.map((one) => one.reference)),
    lifeVsReference: against('life', wall),
    alignedVsReference: against('aligned', wall),
    lifeCpuVsReference: against('life', cpu),
    alignedCpuVsReference: against('aligned', cpu),
    load: before,
  };
}

/** Each of the three once, the reference first or last in turns. */
async function measureRound(engine: Engine, machines: number, window: number, turn: number): Promise<Round> {
  const reference = () => costOf(engine, machines, () => runReference(engine, machines, window));
  const early = turn % 2 === 0 ? await reference() : undefined;
  const fleet = newFleet(machines, window);
  const life = await rollOut(engine, fleet, { applied: machines });
  const aligned = await rollOut(engine, fleet, { aligned: machines });
  forget(engine);
  return { life, aligned, reference: early ?? (await reference()) };
}

let fleets = 0;

/** Bundles are empty: what a step costs belongs to the target and the runner. */
const newFleet = (machines: number, window: number): SimFleet => ({
  environment: { fleet: 'bench', fleetUid: `uid${process.pid}x${++fleets}`, environment: 'dev' },
  groups: [{ group: 'web', count: machines, maxParallel: window, steps: [] }],
});

async function rollOut(engine: Engine, fleet: SimFleet, counts: Record<string, number>): Promise<Cost> {
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

async function runReference({ client }: Engine, machines: number, window: number): Promise<void> {
  const id = `reference/${++fleets}`;
  const options = { workflowId: id, taskQueue: referenceQueue, args: [id, machines, window] };
  await client.workflow.execute('referenceRollout', options);
}

/** The simulated site searches its machines one by one: those of earlier rounds would make it slower. */
function forget({ site, record }: Engine): void {
  site.vms.clear();
  record.entries.length = 0;
}

async function costOf({ server }: Engine, machines: number, work: () => Promise<void>): Promise<Cost> {
  const before = [performance.now(), cpuOf(server.pid), cpuOf(process.pid)] as const;
  await work();
  const after = [performance.now(), cpuOf(server.pid), cpuOf(process.pid)] as const;
  const [wall = 0, serverCpu = 0, worker = 0] = after.map(
    (value, i) => (value - (before[i] ?? 0)) / machines,
  );
  return { wall: rounded(wall), server: rounded(serverCpu), worker: rounded(worker) };
}

const wall = (cost: Cost): number => cost.wall;
const cpu = ({ server, worker }: Cost): number => server + worker;

const medianCost = (costs: readonly Cost[]): Cost => ({
  wall: rounded(median(costs.map((one) => one.wall))),
  server: rounded(median(costs.map((one) => one.server))),
  worker: rounded(median(costs.map((one) => one.worker))),
});

function growthOf(reports: readonly SizeReport[]): OrchestrationReport['growth'] {
  const growth = (kind: keyof Round): number =>
    rounded((reports.at(-1)?.[kind].wall ?? Number.NaN) / (reports[0]?.[kind].wall ?? Number.NaN));
  return { life: growth('life'), aligned: growth('aligned'), reference: growth('reference') };
}

/** Events and bytes of one machine's workflow, of each kind. */
async function histories(engine: Engine, window: number): Promise<OrchestrationReport['history']> {
  const fleet = newFleet(1, window);
  const id = workflowId.machine({ ...fleet.environment, machine: 'web-1' });
  await rollOut(engine, fleet, { applied: 1 });
  const life = await historyOf(engine, id);
  await rollOut(engine, fleet, { aligned: 1 });
  const aligned = await historyOf(engine, id);
  await runReference(engine, 1, window);
  const reference = await historyOf(engine, `reference/${fleets}/0/machine-1`);
  return { life, aligned, reference };
}

async function historyOf({ client }: Engine, id: string): Promise<History> {
  const history = await client.workflow.getHandle(id).fetchHistory();
  const bytes = proto.temporal.api.history.v1.History.encode(history).finish().length;
  return { events: history.events?.length ?? 0, bytes };
}

const describe = ({ machines, life, aligned, reference, ...one }: SizeReport): string =>
  [
    `${String(machines).padStart(5)} machines`,
    `life ${cost(life)} (${one.lifeVsReference} × reference, CPU ${one.lifeCpuVsReference} ×)`,
    `aligned ${cost(aligned)} (${one.alignedVsReference} ×, CPU ${one.alignedCpuVsReference} ×)`,
    `reference ${cost(reference)}`,
    `load ${one.load}`,
  ].join('   ');

const cost = ({ wall, server, worker }: Cost): string =>
  `${wall.toFixed(1)} ms [server ${server.toFixed(1)}, worker ${worker.toFixed(1)}]`;
