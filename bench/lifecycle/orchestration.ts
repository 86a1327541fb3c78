import proto from '@temporalio/proto';
import { workflowId } from '../../src/model/index.js';
import { type Engine, openEngine } from '../support/engine.js';
import { load } from '../support/host.js';
import {
  type Cost,
  costText,
  cpu,
  forget,
  medianCost,
  newFleet,
  rollOut,
  rollOutReference,
  roundsOf,
} from '../support/rollouts.js';
import { medianRatio, rounded } from '../support/statistics.js';

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
  const reference = async () => (await rollOutReference(engine, machines, window)).cost;
  const early = turn % 2 === 0 ? await reference() : undefined;
  const fleet = newFleet(machines, window);
  const life = await rollOut(engine, fleet, { applied: machines });
  const aligned = await rollOut(engine, fleet, { aligned: machines });
  forget(engine);
  return { life, aligned, reference: early ?? (await reference()) };
}

const wall = (cost: Cost): number => cost.wall;

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
  const { id: all } = await rollOutReference(engine, 1, window);
  const reference = await historyOf(engine, `${all}/0/machine-1`);
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
    `life ${costText(life)} (${one.lifeVsReference} × reference, CPU ${one.lifeCpuVsReference} ×)`,
    `aligned ${costText(aligned)} (${one.alignedVsReference} ×, CPU ${one.alignedCpuVsReference} ×)`,
    `reference ${costText(reference)}`,
    `load ${one.load}`,
  ].join('   ');
