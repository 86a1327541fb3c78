import { keysOf, type MapNode, type Node } from './node.js';
import { parsePath } from './path.js';
import { locate, nodeAt } from './position.js';
import type { Manifest, Problem } from './types.js';

/**
 * What rules judge: the manifest as far as it could be read (broken parts are left out, so each is complained about
 * once), and the tree, which still has the names of what is broken.
 */
export interface Draft {
  readonly tree: MapNode;
  readonly manifest: Manifest;
  /** Whether nothing at or below a path was complained about, so that what is absent was never written. */
  readonly isSound: (path: string) => boolean;
}

/** A named check over the whole manifest; it reports all it finds. */
export type Rule = (draft: Draft) => readonly Problem[];

/** Names written under a section, also of broken entries. */
export function declared(draft: Draft, section: string): string[] {
  return keysOf(nodeAt(draft.tree, [section]));
}

/** A problem at a path. */
export function problemAt(
  draft: Pick<Draft, 'tree'>,
  path: string,
  message: string,
  remedy?: string,
): Problem {
  return {
    at: locate(draft.tree, parsePath(path) ?? []),
    path,
    message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** What stands at a path, if anything. */
export function writtenAt(draft: Pick<Draft, 'tree'>, path: string): Node | undefined {
  return nodeAt(draft.tree, parsePath(path) ?? []);
}

export const isWritten = (draft: Pick<Draft, 'tree'>, path: string): boolean =>
  writtenAt(draft, path) !== undefined;
