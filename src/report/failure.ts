import stringWidth from 'string-width';
import type { FailureInfo, MachineOutcome, StepCounts } from '../model/index.js';
import type { Paint } from './paint.js';
import { indent, padStart } from './text.js';

export interface FailureContext {
  /** What became of the other machines: `db-1 done. web-2 not started.` */
  readonly others?: string;
  /** What to type next: command and what it does. */
  readonly next: readonly (readonly [command: string, does: string])[];
  readonly see: readonly string[];
}

const WIDTH = 78;

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
    headline(outcome, failure, paint),
    ...indent(wrap(failure.message, WIDTH), 4),
    ...indent([...(failure.detail ?? [])], 8),
    ...field('Cause', causeText[failure.cause]),
    ...field('State', outcome.counts && stateText(outcome.counts)),
    ...field('Others', context.others),
    ...field('Remedy', failure.remedy),
    ...nextLines(context.next),
    ...field('See', context.see.map(unbroken).join(' · ') || undefined).map(restored),
  ];
}

/** A command to type stays on one line. */
const unbroken = (command: string): string => command.replace(/ /g, '\u00a0');
const restored = (line: string): string => line.replace(/\u00a0/g, ' ');

function headline(outcome: MachineOutcome, failure: FailureInfo, paint: Paint): string {
  const place = [outcome.phase, position(outcome.counts), failure.step].filter(Boolean).join(' ');
  const left = `✖ ${outcome.machine}  ${place}`;
  const gap = Math.max(2, WIDTH + 4 - stringWidth(left));
  return `${paint.red('✖')} ${paint.bold(outcome.machine)}  ${place}${padStart(failure.code, gap + failure.code.length)}`;
}

/** `7/8 `: the step that ended the run, of all. */
export function position(counts: StepCounts | undefined): string | undefined {
  if (!counts) return undefined;
  const all = total(counts);
  return all === 0 ? undefined : `${all - counts.notReached}/${all} `;
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

function field(name: string, text: string | undefined): string[] {
  if (!text) return [];
  const [first = '', ...rest] = wrap(text, WIDTH - 9);
  return [`    ${name.padEnd(9)}${first}`, ...indent(rest, 13)];
}

function nextLines(next: FailureContext['next']): string[] {
  if (next.length === 0) return [];
  const width = Math.max(...next.map(([command]) => command.length));
  return [
    '    What next, without a deadline:',
    ...next.map(([command, does]) => `        ${command.padEnd(width)}    ${does}`),
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
