import { failureBlock } from './failure.js';
import { alikeLines, signatureLines } from './kinds.js';
import { answersTo, type Typed } from './next.js';
import type { Paint } from './paint.js';
import type { AnswerDocument, QuestionDocument } from './runDocuments.js';
import { signaturesOf } from './signatures.js';
import { oneLine } from './visible.js';

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

/** Open questions; of those that are alike the first in full, and what answers all of them. */
export function questionBlocks(questions: readonly QuestionDocument[], typed: Typed, paint: Paint): string[] {
  const signatures = signaturesOf(questions.map(({ machine, detail }) => ({ ...detail, machine })));
  const told = questions.length <= SINGLY ? signatures.length : 1;
  const blocks = signatures.slice(0, told).flatMap(({ first, machines }) => {
    const one = questions.find(({ machine }) => machine === first.machine);
    const all = `; \`millwright retry ${typed.run}${typed.flag}\` or skip answers all of them`;
    return one === undefined
      ? []
      : ['', ...questionBlock(one, typed, paint), ...alikeLines(machines.slice(1), all)];
  });
  return [...blocks, ...signatureLines(signatures.slice(told), paint)];
}

/** More questions than that are told by kind. */
const SINGLY = 5;

/** Where more is told about a failure. */
export const seeAlso = (machine: string, step: string | undefined, flag: string): string[] => [
  ...(step === undefined ? [] : [`millwright render ${machine} ${quoted(step)}${flag}`]),
  `millwright logs ${machine}${flag}`,
];

const quoted = (text: string): string =>
  /[^\w:./@=-]/.test(text) ? `'${text.replace(/'/g, `'\\''`)}'` : text;

/** `retry web-1 by platform: cable was loose`. */
export const answerText = ({ answer, machine, by, reason }: AnswerDocument): string =>
  `${answer}${machine === null ? '' : ` ${machine}`} by ${oneLine(by)}${reason === null ? '' : `: ${oneLine(reason)}`}`;
