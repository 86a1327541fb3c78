import type { Cause, Outcome } from '../model/index.js';

/** What the exit status tells a script; `worst` decides when several apply. */
export const Exit = {
  asAsked: 0,
  failed: 1,
  badInput: 2,
  waits: 3,
  differences: 4,
  rolledBack: 5,
  rollbackFailed: 6,
  unreachable: 7,
  incomplete: 8,
  refused: 9,
  interrupted: 130,
} as const;

const worstFirst = [6, 7, 1, 5, 9, 3, 4, 8, 0];

/** The worst of several: 6 7 1 5 9 3 4 8 0. A code outside this list (2, 130) wins over all. */
export function worst(codes: readonly number[]): number {
  const other = codes.find((code) => !worstFirst.includes(code));
  return other ?? worstFirst.find((code) => codes.includes(code)) ?? Exit.asAsked;
}

const byOutcome: Readonly<Record<Outcome, number>> = {
  running: Exit.unreachable,
  aligned: Exit.asAsked,
  applied: Exit.asAsked,
  destroyed: Exit.asAsked,
  failed: Exit.failed,
  cancelled: Exit.failed,
  stopped: Exit.failed,
  unknown: Exit.unreachable,
  owed: Exit.incomplete,
  skipped: Exit.incomplete,
  'rolled-back-verified': Exit.rolledBack,
  'rollback-failed': Exit.rollbackFailed,
};

const byRun: Readonly<Record<string, number>> = {
  succeeded: Exit.asAsked,
  'rolled-back-verified': Exit.rolledBack,
  'rollback-failed': Exit.rollbackFailed,
  rejected: Exit.refused,
  missed: Exit.refused,
  refused: Exit.refused,
};

/** Exit status of how a whole run ended; null: it goes on. Anything that isn't known by name failed. */
export const exitOfRun = (outcome: string | null): number =>
  outcome === null ? Exit.asAsked : (byRun[outcome] ?? Exit.failed);

export const exitOfOutcomes = (outcomes: readonly Outcome[]): number =>
  worst(outcomes.map((one) => byOutcome[one]));

/** Codes that mean policy said no, and those that mean the input was wrong; others go by their cause. */
const refusedCodes =
  /^MW-(BUSY|PROTECT|GATE|VOTE|WINDOW|FREEZE|REFUSED|DESTROY-PROTECTED|DESTROY-REFUSED|STATIC-REFUSED)\b/;
const inputCodes =
  /^MW-(USAGE|MANIFEST|FLEET|YAML|TARGET|PLAN|SETTINGS|POLICY|SIGN|TEMPLATE|EXPLAIN|RENDER|SCHEMA|INIT|CHANGE|COMMIT|RUN-NOTFOUND|DOCTOR-DECLINED)\b/;

const byCause: Readonly<Record<Cause, number>> = {
  change: Exit.badInput,
  machine: Exit.failed,
  infrastructure: Exit.unreachable,
  unreachable: Exit.unreachable,
  cancelled: Exit.failed,
};

/** Exit status of a failure met by the command itself, before or beside a run. */
export function exitOfFailure(code: string, cause: Cause): number {
  if (refusedCodes.test(code)) return Exit.refused;
  if (inputCodes.test(code)) return Exit.badInput;
  return byCause[cause];
}

/** `8=0,3=0` → what to exit with instead; undefined when the text isn't such a list. */
export function parseExitMap(text: string): ReadonlyMap<number, number> | undefined {
  const pairs = text.split(',').map((pair) => /^(\d{1,3})=(\d{1,3})$/.exec(pair.trim()));
  if (pairs.some((pair) => pair === null || Number(pair[2]) > 255)) return undefined;
  return new Map(pairs.map((pair) => [Number(pair?.[1]), Number(pair?.[2])]));
}
