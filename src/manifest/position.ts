import { child, type Node } from './node.js';
import { type Path, parsePath } from './path.js';
import type { Location } from './types.js';

/** Where a path stands: a value at its own place, a map or list at its key, what isn't written at the nearest thing above. */
export function locate(tree: Node, path: Path): Location {
  let node: Node = tree;
  let at = tree.at;
  for (const segment of path) {
    const next = child(node, segment);
    if (!next) return at;
    const key = node.kind === 'map' ? node.entries.get(String(segment))?.keyAt : undefined;
    at = next.kind === 'scalar' ? next.at : (key ?? next.at);
    node = next;
  }
  return at;
}

/** Where the key of a path stands, for complaints about the key itself. */
export function locateKey(tree: Node, path: Path): Location {
  const parent = path.slice(0, -1).reduce<Node | undefined>(child, tree);
  const key = parent?.kind === 'map' ? parent.entries.get(String(path.at(-1)))?.keyAt : undefined;
  return key ?? locate(tree, path);
}

export function nodeAt(tree: Node, path: Path): Node | undefined {
  return path.reduce<Node | undefined>(child, tree);
}

/** Nearest known location of a dotted path as people type it; undefined when the text is no path or nothing of it is known. */
export function where(tree: Node, text: string): Location | undefined {
  const path = parsePath(text);
  if (!path || (path.length > 0 && !child(tree, path[0] as string | number))) return undefined;
  return locate(tree, path);
}

export const formatPlace = (at: Location): string => `${at.file}:${at.line}`;
