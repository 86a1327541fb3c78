import stringWidth from 'string-width';
import type { FailureInfo, MachineOutcome, StepCounts, UndoReport } from '../model/index.js';
import type { Next } from './next.js';
import type { Paint } from './paint.js';
import { duration, indent, padStart } from './text.js';

export interface FailureContext {
  /** What became of the other machines: `db-1 done. web-2 not started.` */
  readonly others?: string | null;
  /** Handlers owed; null: nobody knows. */
  readonly debts: readonly string[] | null;
  /** Where the failed step was written. */
  readonly origin: string | null;
  /** An open question: the run goes on when one of `next` is typed. */
  readonly waiting?: boolean;
  readonly next: readonly Next[];
  readonly see: readonly string[];
}

const WIDTH = 96;
/** Where codes begin, so that they stand under one another. */
const CODE_COLUMN = 73;

const causeText: Readonly<Record<FailureInfo['cause'], string>> = {
  change: 'change: the contract is wrong, not the machine.',
  machine: 'machine: this machine is at fault; others may do well with the same contract.',
  infrastructure: 'infrastructure: the site or the engine, neither the contract nor the machine.',
  unreachable: 'unreachable: nobody answered; the machine is owed, not wrong.',
  cancelled: 'cancelled: somebody ended the run.',
};

/** One failed machine: where, what, cause, state, others, what to type next. */
export function failureBlock(outcome: MachineOutcome, context: FailureContext, paint: Paint): string[] {
  const failure = outcome.failure;
  if (!failure) return [`${paint.red('✖')} ${outcome.machine}  ${outcome.outcome}`];
  return [
    failureHead(outcome, failure, paint),
    ...indent(wrap(failure.message, WIDTH), 4),
    ...indent([...(failure.detail ?? [])], 8),
    ...field(
      'Cause',
      [causeText[failure.cause], context.origin && `From ${context.origin}.`].filter(Boolean).join(' '),
    ),
    ...field('State', stateSentence(outcome, context.debts)),
    ...field('Tried', outcome.rollback && ladderText(outcome.rollback)),
    ...field('Undone', outcome.undo && undoText(outcome.undo)),
    ...field('Others', context.others),
    ...field('Remedy', failure.remedy),
    ...nextLines(context),
    ...field('See', context.see.map(unbroken).join(' · ') || undefined).map(restored),
  ];
}

/** A command to type stays on one line. */
const unbroken = (command: string): string => command.replace(/ /g, '\u00a0');
const restored = (line: string): string => line.replace(/\u00a0/g, ' ');

/** `✖ web-1  provision 7/8  file:/etc/motd          MW-CHANGE-VALIDATE`. */
export function failureHead(outcome: MachineOutcome, failure: FailureInfo, paint: Paint): string {
  const place = [outcome.phase, position(outcome.counts)].filter(Boolean).join(' ');
  const text = [place, unproven(outcome), failure.step].filter(Boolean).join('  ');
  const gap = Math.max(2, CODE_COLUMN - stringWidth(`✖ ${outcome.machine}  ${text}`));
  const sign = outcome.outcome === 'rolled-back-verified' ? paint.yellow('↶') : paint.red('✖');
  return `${sign} ${paint.bold(outcome.machine)}  ${text}${padStart(failure.code, gap + failure.code.length)}`;
}

/** `7/8`: the step that ended the run, of all. */
export function position(counts: StepCounts | undefined): string | undefined {
  if (!counts) return undefined;
  const all = total(counts);
  return all === 0 ? undefined : `${all - counts.notReached}/${all}`;
}

/** `unproven after 4m00s`: how long it was tried to prove that a machine is ready. */
function unproven({ phase, phases }: MachineOutcome): string | undefined {
  const ready = phases.findLast((one) => one.phase === 'ready');
  if (phase !== 'ready' || !ready?.startedAt || !ready.endedAt) return undefined;
  return `unproven after ${duration(Date.parse(ready.endedAt) - Date.parse(ready.startedAt))}`;
}

const total = (c: StepCounts): number =>
  c.ok + c.changed + c.failed + c.skipped + c.interrupted + c.notReached;

/** `6 ok · 0 changed · 1 failed · 1 not reached`. */
export function stateText(c: StepCounts): string {
  const optional: [number, string][] = [
    [c.failed, 'failed'],
    [c.interrupted, 'interrupted'],
    [c.skipped, 'skipped'],
    [c.notReached, 'not reached'],
  ];
  const rest = optional.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
  return [`${c.ok} ok`, `${c.changed} changed`, ...rest].join(' · ');
}

function stateSentence(
  { counts, drained }: MachineOutcome,
  debts: readonly string[] | null,
): string | undefined {
  const owed = debts && (debts.length > 0 ? `owed: ${debts.join(', ')}` : 'nothing owed');
  const out = drained && `drained from ${drained}`;
  const text = [counts && stateText(counts), owed, out].filter(Boolean).join(' · ');
  return text === '' ? undefined : `${text}.`;
}

/** `restore: not done, … · snapshot: done`. */
const ladderText = ({ rungs }: NonNullable<MachineOutcome['rollback']>): string =>
  rungs
    .map(({ rung, done, why }) => `${rung}: ${done ? 'done' : 'not done'}${why ? `, ${why}` : ''}`)
    .join(' · ') || 'nothing: there was no way back';

const undoText = (undo: readonly UndoReport[]): string | undefined =>
  undo
    .map((one) => (one.done ? one.what : `NOT ${one.what}${one.failure ? `: ${one.failure.message}` : ''}`))
    .join(' · ') || undefined;

function field(name: string, text: string | null | undefined): string[] {
  if (!text) return [];
  const [first = '', ...rest] = wrap(text, WIDTH - 9);
  return [`    ${name.padEnd(9)}${first}`, ...indent(rest, 13)];
}

function nextLines({ next, waiting }: FailureContext): string[] {
  if (next.length === 0) return [];
  const width = Math.max(...next.map(([command]) => command.length));
  return [
    waiting ? '    Waiting for you, without a deadline:' : '    What next, without a deadline:',
    ...next.map(([command, does]) => `        ${command.padEnd(width)}     ${does}`),
  ];
}

/** Breaks at spaces; a longer word stands alone. Lines already broken stay broken. */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = [];
    for (const word of line.split(' ')) {
      const last = lines.at(-1);
      if (last !== undefined && stringWidth(last) + 1 + stringWidth(word) <= width) {
        lines[lines.length - 1] = `${last} ${word}`;
      } else lines.push(word);
    }
    return lines;
  });
}
