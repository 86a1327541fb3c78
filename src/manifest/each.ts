import { type ItemProblem, substitute } from './item.js';
import { child, type Entry, itemsOf, keysOf, type ListNode, type MapNode, type Node } from './node.js';
import { formatPath, type Path } from './path.js';
import { nodeAt } from './position.js';
import type { Problem } from './types.js';

/** More of one config are too many anyway; what goes beyond is not made, only counted. */
const MAX_MADE = 2_001;

export interface Expanded {
  /** In the place of each resource with `each` there is one for each item, whose `each` is a map of that item alone. */
  readonly tree: MapNode;
  readonly problems: readonly Problem[];
  /** A path into this tree as it was written. */
  written(path: string): string;
  asWritten(problem: Problem): Problem;
}

/** What `each` means, done to what was written, so that all that follows sees plain resources. */
export function expandEach(tree: MapNode): Expanded {
  const problems: Problem[] = [];
  const origins = new Map<string, readonly number[]>();
  const configs = keysOf(nodeAt(tree, ['configs'])).reduce((all, config) => {
    const path = ['configs', config, 'resources'];
    const list = nodeAt(tree, path);
    if (list?.kind !== 'list' || !list.items.some((item) => child(item, 'each'))) return all;
    const made = expandList(list, path, problems);
    origins.set(config, made.origins);
    return replace(all, path, { ...list, items: made.items });
  }, tree);
  const written = (path: string): string =>
    path.replace(/^configs\.([^.[]+)\.resources\[(\d+)\]/, (whole, config: string, index: string) => {
      const origin = origins.get(config)?.[Number(index)];
      return origin === undefined ? whole : `configs.${config}.resources[${origin}]`;
    });
  const asWritten = (problem: Problem): Problem => ({ ...problem, path: written(problem.path) });
  return { tree: configs, problems, written, asWritten };
}

interface Made {
  readonly items: Node[];
  readonly origins: number[];
}

function expandList(list: ListNode, path: Path, problems: Problem[]): Made {
  const made: Made = { items: [], origins: [] };
  for (const [index, item] of list.items.entries()) {
    const report = ({ at, path: inner, ...why }: ItemProblem): void => {
      problems.push({ at, path: formatPath([...path, made.items.length, ...inner]), ...why });
    };
    for (const one of expandItem(item, report)) {
      if (made.items.length >= MAX_MADE) return made;
      made.items.push(one);
      made.origins.push(index);
    }
  }
  return made;
}

type Report = (problem: ItemProblem) => void;

/** What is no list or map stays as it is: the schema says what is wrong with it. */
function expandItem(resource: Node, report: Report): Iterable<Node> {
  const each = child(resource, 'each');
  if (resource.kind !== 'map' || each === undefined || each.kind === 'scalar') return [resource];
  const keyed = each.kind === 'map' ? entriesOf(each) : listed(each, report);
  return copies(resource, each, keyed, report);
}

function* copies(
  resource: MapNode,
  each: Node,
  keyed: readonly Keyed[],
  report: Report,
): Generator<Node, void> {
  for (const { key, node } of keyed) {
    const own: MapNode = { kind: 'map', at: each.at, entries: new Map([[key, { keyAt: node.at, node }]]) };
    const entries = [...resource.entries].map(([name, entry]): [string, Entry] => {
      if (name === 'each') return [name, { ...entry, node: own }];
      return [name, { ...entry, node: substitute(entry.node, node, [name], report) }];
    });
    yield { ...resource, entries: new Map(entries) };
  }
}

interface Keyed {
  readonly key: string;
  readonly node: Node;
}

const entriesOf = (each: MapNode): Keyed[] => [...each.entries].map(([key, { node }]) => ({ key, node }));

/** A scalar is its own key; a map has a `name`. */
function listed(each: Node, report: Report): Keyed[] {
  const seen = new Set<string>();
  return itemsOf(each).flatMap((node, index) => {
    const named = node.kind === 'map' ? child(node, 'name') : node;
    const key = named?.kind === 'scalar' && named.value !== null ? String(named.value) : undefined;
    const say = (message: string, remedy: string): Keyed[] => {
      report({ at: node.at, path: ['each', index], message, remedy });
      return [];
    };
    if (key === undefined)
      return say('This item has nothing to call its resource by.', 'Give it a "name", or make "each" a map.');
    if (seen.has(key)) return say(`"${key}" is there twice, and its resource would be, too.`, 'Remove one.');
    seen.add(key);
    return [{ key, node }];
  });
}

/** The tree with another node at a path that exists. */
function replace(tree: MapNode, path: Path, node: Node): MapNode {
  const [key = '', ...rest] = path;
  const entry = tree.entries.get(String(key)) as Entry;
  const inner = rest.length === 0 ? node : replace(entry.node as MapNode, rest, node);
  return { ...tree, entries: new Map(tree.entries).set(String(key), { ...entry, node: inner }) };
}
