import { z } from 'zod';
import { form, text } from '../common.js';
import type { AttributeProblem } from '../declare.js';

/** Text or an expression on one line, not empty. */
export const line = form(/^[^\n]+$/, 'text on one line');

/** Attributes of types that own a part of a text file. */
export const edited = {
  before: line
    .describe('POSIX extended regular expression: what is new goes before the first line that it matches.')
    .optional(),
  after: line.describe('The same: after the last line that it matches.').optional(),
  insert: z
    .enum(['start', 'end'])
    .describe('Where what is new goes, where neither `before` nor `after` says it.')
    .default('end'),
  validate: text
    .describe('Program that must succeed with the new file in place, or with `{new}`, its temporary name.')
    .optional(),
  follow: z.boolean().describe('Writes through a symbolic link.').default(false),
  create: z
    .boolean()
    .describe('Makes the file where it is not there, which is an error otherwise.')
    .default(false),
  absent: z.boolean().describe('It must not be in the file.').default(false),
};

export const editedKinds = { validate: 'shell' } as const;

export function editProblems({ before, after }: { before?: string; after?: string }): AttributeProblem[] {
  if (before === undefined || after === undefined) return [];
  return [{ attribute: 'after', message: '"before" and "after" both say where.', remedy: 'Keep one.' }];
}
