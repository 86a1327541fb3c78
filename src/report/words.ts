import type { MachineOutcome, Outcome } from '../model/index.js';
import { machineRanges } from './ranges.js';
import { machineList } from './text.js';

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  running: 'still running',
  aligned: 'nothing to do',
  applied: 'verified',
  destroyed: 'destroyed',
  failed: 'failed',
  owed: 'owed',
  skipped: 'not started',
  cancelled: 'cancelled',
  stopped: 'stopped',
  unknown: 'unknown: a run may still be active on it',
  'rolled-back-verified': 'rolled back, verified',
  'rollback-failed': 'rollback failed',
};

/** A machine that failed and was then left out isn't one that was never begun. */
export const wordOf = ({ outcome, failure }: Pick<MachineOutcome, 'outcome' | 'failure'>): string =>
  outcome === 'skipped' && failure !== undefined ? 'left out' : outcomeWords[outcome];

const endedAt: readonly Outcome[] = ['failed', 'unknown', 'cancelled', 'stopped', 'rollback-failed'];

/** `verified`, `failed at provision`, `owed: busy: …`, `rolled back, verified: by restore`, and where it stays drained. */
export const outcomeText = (one: MachineOutcome): string =>
  one.drained === undefined ? endText(one) : `${endText(one)}; stays drained from ${one.drained}`;

function endText(one: MachineOutcome): string {
  const word = wordOf(one);
  if (one.failure && endedAt.includes(one.outcome)) return `${word} at ${one.phase ?? 'an unknown phase'}`;
  const rung = one.rollback?.rungs.findLast((each) => each.done)?.rung;
  if (one.outcome === 'rolled-back-verified' && rung !== undefined) return `${word}: by ${rung}`;
  if (one.reason === undefined) return word;
  const known = one.reason.split(':')[0] ?? '';
  return one.reason.startsWith(word) || word.startsWith(known) ? one.reason : `${word}: ${one.reason}`;
}

/** More than that isn't read within a sentence. */
const SENTENCE = 60;

/** `web-2, web-4`, with `…` where many follow one another; where that is too long, ranges, and the rest counted. */
export function nameList(names: readonly string[]): string {
  const list = machineList(names).replaceAll(' ', ', ');
  return list.length <= SENTENCE ? list : machineRanges(names, SENTENCE);
}

const isDone = (outcome: Outcome): boolean => ['aligned', 'applied', 'destroyed'].includes(outcome);

export interface Others {
  readonly machines: readonly Pick<MachineOutcome, 'machine' | 'outcome' | 'failure'>[];
  /** Not begun yet. */
  readonly notStarted: readonly string[];
  /** Why they weren't; undefined: nothing to add. */
  readonly why?: string;
}

/** `db-1 done. web-2, web-4 not started: web-1 failed, run 42 waits.`; null where there are no others. */
export function othersText({ machines, notStarted, why }: Others): string | null {
  const words = new Map<string, string[]>();
  for (const one of machines) {
    const word = isDone(one.outcome) ? 'done' : wordOf(one);
    words.set(word, [...(words.get(word) ?? []), one.machine]);
  }
  const sentences = [...words].map(([word, names]) => `${nameList(names)} ${word}.`);
  if (notStarted.length > 0)
    sentences.push(`${nameList(notStarted)} not started${why === undefined ? '' : `: ${why}`}.`);
  return sentences.length === 0 ? null : sentences.join(' ');
}
