import type { MachineOutcome, Outcome } from '../model/index.js';
import type { Counts } from './types.js';

export function countsOf(machines: readonly Pick<MachineOutcome, 'outcome'>[]): Counts {
  const counts: Partial<Record<Outcome, number>> = {};
  for (const { outcome } of machines) counts[outcome] = (counts[outcome] ?? 0) + 1;
  return counts;
}

export function addCounts(all: readonly Counts[]): Counts {
  const sum: Partial<Record<Outcome, number>> = {};
  for (const [name, count] of all.flatMap((one) => Object.entries(one) as [Outcome, number][])) {
    sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}

/** One machine counts as `after` from now on. */
export function recount(counts: Counts, before: Outcome, after: Outcome): Counts {
  const moved = { ...counts, [before]: (counts[before] ?? 0) - 1 };
  const sum = { ...moved, [after]: (moved[after] ?? 0) + 1 };
  return Object.fromEntries(Object.entries(sum).filter(([, count]) => count !== 0));
}

const well: ReadonlySet<Outcome> = new Set(['aligned', 'applied', 'destroyed']);
const bad: ReadonlySet<Outcome> = new Set(['failed', 'unknown', 'rollback-failed']);

export const isWell = ({ outcome }: { readonly outcome: Outcome }): boolean => well.has(outcome);
/** Opens a question. What is owed stays named and doesn't. */
export const isBad = ({ outcome }: { readonly outcome: Outcome }): boolean => bad.has(outcome);

/**
 * A machine whose state nobody knows, or that broke for want of a worker, is no matter of a budget; nor is one that could
 * not be taken out of use: what it is taken out of serves all others, too.
 */
export const isSpending = ({ outcome, failure }: Pick<MachineOutcome, 'outcome' | 'failure'>): boolean =>
  outcome === 'failed' &&
  (failure?.cause === 'change' || failure?.cause === 'machine') &&
  failure.code !== 'MW-AROUND-DRAIN';

export const countWell = (counts: Counts): number => sumOf(counts, well);
export const countBad = (counts: Counts): number => sumOf(counts, bad);
export const total = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);

const sumOf = (counts: Counts, which: ReadonlySet<Outcome>): number =>
  [...which].reduce((sum, name) => sum + (counts[name] ?? 0), 0);

/** `2 applied, 1 failed` */
export const textOf = (counts: Counts): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
