import { failureBlock } from './failure.js';
import { answersTo, type Typed } from './next.js';
import type { Paint } from './paint.js';
import type { AnswerDocument, QuestionDocument } from './runDocuments.js';

/** An open question as the failure that asks it, and what can be typed to answer. */
export function questionBlock(question: QuestionDocument, typed: Typed, paint: Paint): string[] {
  return failureBlock(
    question.detail,
    {
      others: question.others,
      debts: question.debts,
      origin: question.origin,
      waiting: true,
      next: answersTo(question, typed),
      see: seeAlso(question.machine, question.detail.failure?.step, typed.flag),
    },
    paint,
  );
}

/** Where more is told about a failure. */
export const seeAlso = (machine: string, step: string | undefined, flag: string): string[] => [
  ...(step === undefined ? [] : [`millwright render ${machine} ${quoted(step)}${flag}`]),
  `millwright logs ${machine}${flag}`,
];

const quoted = (text: string): string =>
  /[^\w:./@=-]/.test(text) ? `'${text.replace(/'/g, `'\\''`)}'` : text;

/** `retry web-1 by platform: cable was loose`. */
export const answerText = ({ answer, machine, by, reason }: AnswerDocument): string =>
  `${answer}${machine === null ? '' : ` ${machine}`} by ${by}${reason === null ? '' : `: ${reason}`}`;
