import { type Step, sha256Hex } from '../model/index.js';
import { type Editing, editing, editingIntent } from './editing.js';
import { makeStep } from './step.js';
import { assertNoNul, assertOneLine, quoteWithSlots, slotsIn } from './text.js';

export interface ResolvedBlock extends Editing {
  readonly type: 'block';
  /** Path of the file. */
  readonly block: string;
  /** Tells several blocks of a file apart; empty: the only one. */
  readonly name: string;
  /** What the lines between the marks are, slot tokens included; undefined only with `absent`. */
  readonly content?: string;
  /** What comments begin with, and end with where they must. */
  readonly comment: string;
  readonly commentEnd: string;
  readonly before?: string;
  readonly after?: string;
  readonly insert: 'start' | 'end';
}

/** facts: stat and text. check: the marks and what is between them. apply: the file written anew. undo: pre-image. */
export function compileBlock(resource: ResolvedBlock): Step {
  const { id, block, content = '', before = '', after = '', insert } = resource;
  for (const one of [content, before, after, resource.name]) assertNoNul(one, id);
  for (const one of [before, after, resource.name]) assertOneLine(one, id);
  const { facts, variables } = editing(block, resource);
  return makeStep({
    ...{ resource, undo: 'exact', facts, slots: slotsIn(content) },
    variables: {
      ...variables,
      block_begin: mark(resource, 'begin'),
      block_end: mark(resource, 'end'),
      block_before: before,
      block_after: after,
      block_insert: insert,
    },
    extra: [`block_content=${quoteWithSlots(content)}`],
    texts: [content],
    intent: {
      ...{ block, name: resource.name, content: sha256Hex(content), mark: mark(resource, 'begin') },
      ...{ before: resource.before, after: resource.after, insert },
      ...editingIntent(resource),
    },
  });
}

function mark({ comment, commentEnd, name }: ResolvedBlock, where: 'begin' | 'end'): string {
  const words = [comment, 'millwright:', where, ...(name === '' ? [] : [name])];
  return [...words, ...(commentEnd === '' ? [] : [commentEnd])].join(' ');
}
