import { child, keysOf, type Node, type ScalarNode } from './node.js';
import type { Path } from './path.js';
import { type DeclaredTypeName, declaredType, declaredTypes } from './schema/declared.js';
import { didYouMean } from './suggest.js';
import type { Location } from './types.js';

/** What is wrong with a use of `item`; `path` is within the resource. */
export interface ItemProblem {
  readonly at: Location;
  readonly path: Path;
  readonly message: string;
  readonly remedy?: string;
}

type Report = (problem: ItemProblem) => void;

const reference = /\$\{\{-?\s*item((?:\.[A-Za-z_][A-Za-z0-9_-]*)*)\s*-?\}\}/g;

/** Shell is never written by a value; `${{ }}` in it is refused later on. */
const shell = new Set([
  ...['run', 'unless', 'onlyIf', 'validate'],
  ...Object.keys(declaredTypes).flatMap((type) =>
    Object.entries(declaredType(type as DeclaredTypeName).kinds ?? {}).flatMap(([name, kind]) =>
      kind === 'shell' ? [name] : [],
    ),
  ),
]);

/**
 * A part of a resource with the item in the place of plain `${{ item… }}`. A value that is nothing else keeps its type.
 * Whatever else expressions do with `item` is left to them, and so are texts with tags, which may name a thing `item`.
 */
export function substitute(node: Node, item: Node, path: Path, report: Report): Node {
  if (shell.has(String(path[0]))) return node;
  if (node.kind === 'map') {
    const entries = [...node.entries].map(
      ([key, entry]) =>
        [key, { ...entry, node: substitute(entry.node, item, [...path, key], report) }] as const,
    );
    return { ...node, entries: new Map(entries) };
  }
  if (node.kind === 'list')
    return { ...node, items: node.items.map((one, i) => substitute(one, item, [...path, i], report)) };
  if (typeof node.value !== 'string' || !node.value.includes('${{') || node.value.includes('${%'))
    return node;
  return inText(node, node.value, item, (problem) => report({ at: node.at, path, ...problem }));
}

function inText(
  node: ScalarNode,
  text: string,
  item: Node,
  say: (problem: Pick<ItemProblem, 'message' | 'remedy'>) => void,
): Node {
  const found = (steps: string): Node | undefined => {
    const value = steps
      .split('.')
      .slice(1)
      .reduce(child, item as Node | undefined);
    if (value === undefined) say(notThere(steps, item));
    return value;
  };
  const [whole] = text.matchAll(reference);
  if (whole?.[0] === text) {
    const value = found(whole[1] ?? '');
    return value === undefined ? node : { ...value, at: node.at };
  }
  const filled = text.replace(reference, (written, steps: string) => {
    const value = found(steps);
    if (value === undefined) return written;
    if (value.kind === 'scalar' && value.value !== null) return String(value.value);
    say({ message: `item${steps} is a ${value.kind}, which has no text.`, remedy: 'Name one of its parts.' });
    return written;
  });
  return { ...node, value: filled, source: filled };
}

function notThere(steps: string, item: Node): Pick<ItemProblem, 'message' | 'remedy'> {
  const parts = steps.split('.').slice(1);
  const missing = parts.findIndex(
    (_, i) => parts.slice(0, i + 1).reduce(child, item as Node | undefined) === undefined,
  );
  const holder = parts.slice(0, missing).reduce(child, item as Node | undefined);
  const remedy = didYouMean(parts[missing] ?? '', keysOf(holder), 'Keys');
  return {
    message: `item.${parts.slice(0, missing + 1).join('.')} is not defined.`,
    ...(remedy && { remedy }),
  };
}
