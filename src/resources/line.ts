import type { Step } from '../model/index.js';
import { type Editing, editing, editingIntent } from './editing.js';
import { makeStep } from './step.js';
import { assertNoNul, assertOneLine, quoteWithSlots, refuse, slotsIn } from './text.js';

export interface ResolvedLine extends Editing {
  readonly type: 'line';
  /** Path of the file. */
  readonly line: string;
  /** The whole line, slot tokens included; undefined only with `absent`: whatever `match` matches. */
  readonly text?: string;
  /** POSIX extended regular expression of the line that this one replaces. */
  readonly match?: string;
  readonly before?: string;
  readonly after?: string;
  readonly insert: 'start' | 'end';
}

/** Characters: programs take no more in a variable of their environment, of up to four bytes each. */
const MOST = 30_000;

/** facts: stat and text. check: the line, and nothing else that matches. apply: the file written anew. undo: pre-image. */
export function compileLine(resource: ResolvedLine): Step {
  const { id, line, text = '', match = '', before = '', after = '', insert } = resource;
  for (const one of [text, match, before, after]) {
    assertNoNul(one, id);
    assertOneLine(one, id);
  }
  if (text.length > MOST)
    refuse('MW-MANIFEST-NAME', id, `a line of ${text.length} characters: at most ${MOST}`);
  const { facts, variables } = editing(line, resource);
  const slots = slotsIn(text);
  return makeStep({
    ...{ resource, undo: 'exact', facts, slots },
    variables: {
      ...variables,
      line_match: match,
      line_before: before,
      line_after: after,
      line_insert: insert,
    },
    extra: [`line_text=${quoteWithSlots(text)}`],
    intent: {
      ...{ line, text: resource.text },
      ...{ match: resource.match, before: resource.before, after: resource.after, insert },
      ...editingIntent(resource),
    },
  });
}
