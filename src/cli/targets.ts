import { usageError } from './errors.js';
import { didYouMean } from './suggest.js';

/** What a TARGET is chosen from. */
export interface Candidate {
  readonly machine: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Outcome of the last run, `owed`, `failed`, … */
  readonly outcome: string | null;
  readonly debts: readonly string[];
  /** Known to have drifted from what it was admitted to. */
  readonly drifted?: boolean;
}

type Matcher = (one: Candidate) => boolean;

const STATES = ['failed', 'owed', 'drifted'];

/**
 * Machines that any of the patterns names, without those of `except`, in the order of the candidates; no pattern names
 * all. A pattern that names nothing is a mistake, except a state: nobody failed is good news.
 */
export function selectTargets<T extends Candidate>(
  patterns: readonly string[],
  except: readonly string[],
  candidates: readonly T[],
): T[] {
  const wanted = patterns.map((pattern) => matcher(pattern, candidates));
  const unwanted = except.map((pattern) => matcher(pattern, candidates));
  return candidates.filter(
    (one) =>
      (wanted.length === 0 || wanted.some((matches) => matches(one))) &&
      !unwanted.some((matches) => matches(one)),
  );
}

function matcher(pattern: string, candidates: readonly Candidate[]): Matcher {
  const state = /^@(.*)$/.exec(pattern);
  if (state) return stateMatcher(state[1] ?? '');
  const matches = rangeMatcher(pattern) ?? labelMatcher(pattern) ?? nameMatcher(pattern);
  if (candidates.some(matches)) return matches;
  throw unknown(pattern, candidates);
}

function stateMatcher(state: string): Matcher {
  if (state === 'failed') return (one) => one.outcome === 'failed' || one.outcome === 'unknown';
  if (state === 'owed') return (one) => one.outcome === 'owed' || one.debts.length > 0;
  if (state === 'drifted') return (one) => one.drifted === true;
  throw usageError(
    `@${state} is no state to choose machines by.${didYouMean(state, STATES)}`,
    'Write @failed, @owed or @drifted.',
    'MW-TARGET-UNKNOWN',
  );
}

/** `web[1-3]`, `web[2]`, `web[1-2,5]`; `web-[1-3]`, as machines are printed. */
function rangeMatcher(pattern: string): Matcher | undefined {
  const match = /^([a-z][a-z0-9-]*?)-?\[([\d,-]+)\]$/.exec(pattern);
  if (!match) return undefined;
  const numbers = new Set((match[2] ?? '').split(',').flatMap((part) => numbersOf(part, pattern)));
  return (one) => one.group === match[1] && numbers.has(Number(one.machine.slice(one.group.length + 1)));
}

function numbersOf(part: string, pattern: string): number[] {
  const match = /^(\d+)(?:-(\d+))?$/.exec(part);
  const from = Number(match?.[1]);
  const to = Number(match?.[2] ?? match?.[1]);
  if (!match || to < from || to - from > 100_000) {
    throw usageError(
      `${pattern} holds no range of numbers.`,
      'Write web[1-3] or web[1,3].',
      'MW-TARGET-SYNTAX',
    );
  }
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function labelMatcher(pattern: string): Matcher | undefined {
  const match = /^([^=]+)=(.*)$/.exec(pattern);
  return match ? (one) => one.labels[match[1] ?? ''] === match[2] : undefined;
}

const nameMatcher =
  (pattern: string): Matcher =>
  (one) =>
    one.machine === pattern || one.group === pattern;

function unknown(pattern: string, candidates: readonly Candidate[]): Error {
  const names = [...new Set(candidates.flatMap((one) => [one.group, one.machine]))];
  const labels = candidates.flatMap((one) =>
    Object.entries(one.labels).map(([key, value]) => `${key}=${value}`),
  );
  const known = candidates.length === 0 ? 'No machine is known here.' : `Groups: ${groupsOf(candidates)}.`;
  return usageError(
    `${pattern} names no machine.${didYouMean(pattern, [...names, ...new Set(labels)])}`,
    `${known} TARGET is a machine, a group, web[1-3], key=value of a label, @failed, @owed or @drifted.`,
    'MW-TARGET-UNKNOWN',
  );
}

const groupsOf = (candidates: readonly Candidate[]): string =>
  [...new Set(candidates.map((one) => one.group))].join(', ');
