import type { Entry, MapNode } from './node.js';
import { formatPath, type Path } from './path.js';
import { formatPlace } from './position.js';
import type { Problem } from './types.js';

/**
 * One tree of several files. Sections merge by name, so that a config may stand here and another there; the same name
 * in two files is a problem that names both places.
 */
export function mergeTrees(trees: readonly MapNode[]): { tree: MapNode; problems: Problem[] } {
  const problems: Problem[] = [];
  const [first, ...rest] = trees as [MapNode, ...MapNode[]];
  const tree = rest.reduce((merged, next) => mergeMaps(merged, next, [], problems), first);
  return { tree, problems };
}

function mergeMaps(a: MapNode, b: MapNode, path: Path, problems: Problem[]): MapNode {
  const entries = new Map(a.entries);
  for (const [key, entry] of b.entries) {
    const earlier = entries.get(key);
    entries.set(key, earlier ? mergeEntries(earlier, entry, [...path, key], problems) : entry);
  }
  return { kind: 'map', at: a.at, entries };
}

function mergeEntries(earlier: Entry, later: Entry, path: Path, problems: Problem[]): Entry {
  if (path.length === 1 && earlier.node.kind === 'map' && later.node.kind === 'map')
    return { keyAt: earlier.keyAt, node: mergeMaps(earlier.node, later.node, path, problems) };
  problems.push({
    at: later.keyAt,
    path: formatPath(path),
    message: `"${path.at(-1)}" is declared in two files: here and at ${formatPlace(earlier.keyAt)}.`,
    remedy: 'A key stands in one file only; remove one.',
  });
  return earlier;
}
