import type { Strategy } from '../../src/model/index.js';
import { type Engine, openEngine } from '../support/engine.js';
import { load, watchMemory } from '../support/host.js';
import {
  type Cost,
  cpu,
  forget,
  medianCost,
  newFleet,
  rollOut,
  rollOutReference,
  roundsOf,
} from '../support/rollouts.js';
import type { startServer } from '../support/server.js';
import { medianRatio, rounded } from '../support/statistics.js';
import { type Histories, largestHistories } from './histories.js';

export interface Options {
  readonly dir: string;
  /** Machines at a time. */
  readonly window: number;
  /** Sizes up to this one are measured beside the reference. */
  readonly referenceUpTo: number;
  readonly start: typeof startServer;
}

interface Round {
  readonly life: Cost;
  readonly aligned: Cost;
  readonly reference?: Cost;
}

/** Medians of the rounds of one size; ratios are taken round by round. */
export interface SizeReport extends Round {
  readonly machines: number;
  readonly rounds: number;
  readonly vsReference?: {
    readonly life: number;
    readonly aligned: number;
    /** The same by CPU time of all processes: it holds where other work takes the cores. */
    readonly lifeCpu: number;
    readonly alignedCpu: number;
  };
  readonly histories: Histories;
  readonly workerRssMiB: number;
  readonly load: number;
}

const warmUp = 50;

/** One size on a server, a database and workers of its own, so that no size pays for what another one left. */
export async function measureSize(machines: number, options: Options): Promise<SizeReport> {
  const engine = await openEngine(options.dir, options.window, options.start);
  try {
    await measureRound(engine, warmUp, options, 0);
    const before = load();
    const memory = watchMemory();
    const rounds: Round[] = [];
    for (let n = 0; n < roundsOf(machines); n++)
      rounds.push(await measureRound(engine, machines, options, n));
    const workerRssMiB = memory();
    const histories = await largestHistories(engine.client, {
      rollout: 2 * (rounds.length + 1),
      machine: warmUp + machines * rounds.length,
    });
    return { machines, ...summaryOf(rounds), histories, workerRssMiB, load: before };
  } finally {
    forget(engine);
    await engine.close();
  }
}

/** The life cycle, then the same plan again; the reference before or after them in turns. */
async function measureRound(
  engine: Engine,
  machines: number,
  { window, referenceUpTo }: Options,
  turn: number,
): Promise<Round> {
  const reference = async () => (await rollOutReference(engine, machines, window)).cost;
  const wanted = machines <= referenceUpTo;
  const early = wanted && turn % 2 === 0 ? await reference() : undefined;
  const fleet = newFleet(machines, window, strategyOf(machines));
  const life = await rollOut(engine, fleet, { applied: machines });
  const aligned = await rollOut(engine, fleet, { aligned: machines });
  forget(engine);
  return { life, aligned, reference: wanted ? (early ?? (await reference())) : undefined };
}

/** A canary of one, a tenth, all others; nothing soaks, as waiting costs nothing. */
export function strategyOf(machines: number): Strategy {
  const tenth = Math.min(Math.ceil(machines / 10), machines - 1);
  const batches = [1, tenth, machines - 1 - tenth].filter((size) => size > 0);
  return { batches, soakMs: 0, maxFailed: 0, surge: 0, probes: [] };
}

function summaryOf(rounds: readonly Round[]): Round & Pick<SizeReport, 'rounds' | 'vsReference'> {
  const references = rounds.flatMap((one) => one.reference ?? []);
  const medians = {
    rounds: rounds.length,
    life: medianCost(rounds.map((one) => one.life)),
    aligned: medianCost(rounds.map((one) => one.aligned)),
  };
  if (references.length < rounds.length) return medians;
  const against = (kind: 'life' | 'aligned', of: (cost: Cost) => number) =>
    rounded(medianRatio(rounds.map((one, n) => [of(one[kind]), of(references[n] ?? one[kind])])));
  const wall = (cost: Cost): number => cost.wall;
  const vsReference = {
    ...{ life: against('life', wall), aligned: against('aligned', wall) },
    ...{ lifeCpu: against('life', cpu), alignedCpu: against('aligned', cpu) },
  };
  return { ...medians, reference: medianCost(references), vsReference };
}
