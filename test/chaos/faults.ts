import { MillwrightError } from '../../src/model/index.js';
import type { Dice } from './keyed.js';

/**
 * What goes wrong with one attempt of an activity. fail: it fails before it did anything, retryable. fatal: the same for
 * good. hang: it never does anything and times out. lost: it does its work, and its answer is lost. late: it times out
 * while it works, and goes on. zombie: it times out, and does its work some time later. slow: it takes its time.
 */
export type AttemptKind = 'fail' | 'fatal' | 'hang' | 'lost' | 'late' | 'zombie' | 'slow';
export interface AttemptFault {
  readonly kind: AttemptKind;
  readonly delayMs: number;
}

/** What goes wrong with one call of a provider, of SSH or of a machine. cut: the connection goes, the work goes on. */
export type CallKind = 'fail' | 'fatal' | 'lost' | 'late' | 'slow' | 'cut' | 'reboot' | 'off' | 'unknown';
export interface CallFault {
  readonly kind: CallKind;
  readonly delayMs: number;
}

const remote: readonly (readonly [AttemptKind, number])[] = [
  ['fail', 4],
  ['fatal', 1],
  ['hang', 3],
  ['lost', 5],
  ['late', 3],
  ['zombie', 4],
  ['slow', 3],
];
/** Control's own attempts: its port is a database, which has no opinion for good. */
const local: readonly (readonly [AttemptKind, number])[] = [
  ['fail', 4],
  ['lost', 4],
  ['zombie', 1],
  ['slow', 2],
];

export function attemptFault(dice: Dice, intensity: number, ofControl: boolean): AttemptFault | undefined {
  if (!dice.chance('whether', ofControl ? intensity / 3 : intensity)) return undefined;
  const kind = dice.weighted('kind', ofControl ? local : remote);
  const longest = kind === 'zombie' ? 2_000 : 150;
  return { kind, delayMs: dice.between('delay', 5, longest) };
}

const callKinds = (method: string): readonly (readonly [CallKind, number])[] => [
  ['fail', 4],
  ['fatal', method === 'ssh.exec' ? 0.3 : 1],
  ['lost', 4],
  ['late', 2],
  ['slow', 3],
  ...(method.startsWith('ssh.')
    ? ([
        ['cut', 6],
        ['reboot', 2],
        ['off', 0.5],
      ] as const)
    : []),
  ...(method === 'find' ? ([['unknown', 4]] as const) : []),
];

/** Calls are many, so each fails rarely. */
export function callFault(dice: Dice, intensity: number, method: string): CallFault | undefined {
  if (!dice.chance('whether', intensity / 4)) return undefined;
  const kind = dice.weighted('kind', callKinds(method));
  return { kind, delayMs: dice.between('delay', 2, kind === 'late' ? 1_500 : 60) };
}

export const flaky = (what: string): MillwrightError =>
  new MillwrightError({ code: 'MW-CHAOS-FLAKY', cause: 'infrastructure', message: `${what} failed` }, true);
export const fatal = (what: string): MillwrightError =>
  new MillwrightError(
    { code: 'MW-CHAOS-FATAL', cause: 'machine', message: `${what} failed for good` },
    false,
  );
export const cutOff = (what: string): MillwrightError =>
  new MillwrightError({ code: 'MW-SSH-CLOSED', cause: 'unreachable', message: `${what} was cut off` }, true);

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
