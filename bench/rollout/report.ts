import { costText } from '../support/rollouts.js';
import { rounded } from '../support/statistics.js';
import { type Histories, type History, historyLimit, type Level, levels } from './histories.js';
import type { SizeReport } from './measure.js';

/** ms per machine on two cores; of growth the largest cost per machine against the smallest. */
const goals = { growth: 1.25, life: 30, aligned: 16 };

export function describeSize({ machines, vsReference, ...one }: SizeReport): string {
  const ratio = (wall?: number, cpu?: number) =>
    wall === undefined ? '' : ` (${wall} × reference, CPU ${cpu} ×)`;
  const lines = [
    `${machines} machines, ${one.rounds} rounds, load ${one.load}`,
    `  life ${costText(one.life)}${ratio(vsReference?.life, vsReference?.lifeCpu)}`,
    `  aligned ${costText(one.aligned)}${ratio(vsReference?.aligned, vsReference?.alignedCpu)}`,
    ...(one.reference === undefined ? [] : [`  reference ${costText(one.reference)}`]),
    `  largest history: ${levels.map((level) => historyText(level, one.histories[level])).join(', ')}`,
    `  worker ${one.workerRssMiB} MiB`,
  ];
  return lines.join('\n');
}

const historyText = (level: Level, { events, bytes }: History): string =>
  `${level} ${events} events ${rounded(bytes / 1024, 1)} KiB`;

/** One line per goal. */
export function verdicts(sizes: readonly SizeReport[]): string[] {
  const growth = (kind: 'life' | 'aligned') => {
    const walls = sizes.map((one) => one[kind].wall);
    return rounded((walls.at(-1) ?? Number.NaN) / (walls[0] ?? Number.NaN));
  };
  const last = sizes.at(-1);
  const { events, bytes } = largest(sizes);
  const flat = [
    verdict(`life, ${last?.machines} machines against ${sizes[0]?.machines}`, growth('life'), goals.growth),
    verdict('aligned, the same', growth('aligned'), goals.growth),
  ];
  return [
    ...(sizes.length > 1 ? flat : []),
    verdict('life, ms per machine', last?.life.wall ?? Number.NaN, goals.life),
    verdict('aligned, ms per machine', last?.aligned.wall ?? Number.NaN, goals.aligned),
    verdict('events of the largest history', Math.max(...Object.values(events)), historyLimit.events - 1),
    verdict('bytes of the largest history', Math.max(...Object.values(bytes)), historyLimit.bytes - 1),
  ];
}

const verdict = (what: string, value: number, most: number): string =>
  `${what}: ${value}, goal ≤ ${most}: ${value <= most ? 'reached' : 'missed'}`;

/** Over all sizes, by level. */
function largest(sizes: readonly SizeReport[]) {
  const most = (of: (history: Histories[Level]) => number) =>
    Object.fromEntries(
      levels.map((level) => [level, Math.max(...sizes.map((one) => of(one.histories[level])))]),
    );
  return { events: most((one) => one.events), bytes: most((one) => one.bytes) };
}

/** What budgets are compared with comes first, by these names; everything else follows. */
export function documentOf(
  host: Readonly<Record<string, unknown>>,
  server: string,
  sizes: readonly SizeReport[],
) {
  const bySize = <Value>(of: (one: SizeReport) => Value) =>
    Object.fromEntries(sizes.map((one) => [one.machines, of(one)]));
  const { events: maxHistoryEvents, bytes: maxHistoryBytes } = largest(sizes);
  return {
    msPerMachine: bySize((one) => one.life.wall),
    alignedMsPerMachine: bySize((one) => one.aligned.wall),
    referenceMsPerMachine: bySize((one) => one.reference?.wall),
    cpuMsPerMachine: bySize(({ life: { wall, ...processes } }) => processes),
    alignedCpuMsPerMachine: bySize(({ aligned: { wall, ...processes } }) => processes),
    maxHistoryEvents,
    maxHistoryBytes,
    workerRssMiB: Math.max(...sizes.map((one) => one.workerRssMiB)),
    server,
    sizes,
    host,
  };
}
