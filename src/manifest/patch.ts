import { child, type Entry, itemsOf, keysOf, type MapNode, type Node, textOf } from './node.js';
import { fits, formatPath, type Path, parsePath } from './path.js';
import { formatPlace, nodeAt } from './position.js';
import { didYouMean } from './suggest.js';
import type { Location, Problem } from './types.js';

/** One path that an environment sets (`entry`) or omits (no entry). */
interface Edit {
  readonly text: string;
  readonly at: Location;
  /** Where the difference itself stands, e.g. `environments.dev.differences[0].set`. */
  readonly path: string;
  readonly entry?: Entry;
}

type Why = Pick<Problem, 'message' | 'remedy'>;

/** Maps in which people choose the keys: a new key there would be a name that other environments don't know. */
const named = [
  '*',
  'configs.*.vars',
  'groups.*.vars',
  'groups.*.labels',
  'groups.*.addresses',
  'groups.*.disks',
  'groups.*.machines',
  'groups.*.machines.*.vars',
  'groups.*.machines.*.labels',
];
/** Sections that aren't names: one environment alone may have them. */
const ofOneEnvironment = ['rollout', 'gates', 'windows', 'freezes', 'reconcile'];
const sameEverywhere = ['version', 'fleet', 'uid', 'include', 'environments'];

/** Applies the differences of an environment to the written tree, before any other look at it. */
export function applyDifferences(tree: MapNode, environment: string): { tree: MapNode; problems: Problem[] } {
  const problems: Problem[] = [];
  const seen = new Map<string, Edit>();
  let patched = tree;
  for (const edit of editsOf(tree, environment)) {
    const path = parsePath(edit.text);
    const why = repeated(seen.get(edit.text)) ?? (path ? refusal(tree, path, edit) : notAPath(edit.text));
    if (why) problems.push({ at: edit.at, path: edit.path, ...why });
    else patched = replace(patched, path ?? [], edit.entry);
    seen.set(edit.text, edit);
  }
  return { tree: patched, problems };
}

function editsOf(tree: MapNode, environment: string): Edit[] {
  const differences = nodeAt(tree, ['environments', environment, 'differences']);
  return itemsOf(differences).flatMap((difference, index) => {
    const path = formatPath(['environments', environment, 'differences', index]);
    return [...setsOf(difference, `${path}.set`), ...omitsOf(difference, `${path}.omit`)];
  });
}

function setsOf(difference: Node, path: string): Edit[] {
  const set = child(difference, 'set');
  if (set?.kind !== 'map') return [];
  return [...set.entries].map(([text, entry]) => ({ text, at: entry.keyAt, path, entry }));
}

function omitsOf(difference: Node, path: string): Edit[] {
  return itemsOf(child(difference, 'omit')).flatMap((item) => {
    const text = textOf(item);
    return text === undefined ? [] : [{ text, at: item.at, path }];
  });
}

function refusal(tree: MapNode, path: Path, edit: Edit): Why | undefined {
  if (sameEverywhere.includes(String(path[0])))
    return {
      message: `"${path[0]}" is the same in every environment.`,
      remedy: 'Take it out of the differences.',
    };
  if (path.some((segment) => typeof segment === 'number'))
    return {
      message: `"${edit.text}" points into a list.`,
      remedy: 'Name the whole list, or let resources differ by "vars".',
    };
  return namesNothing(tree, path, edit);
}

function namesNothing(tree: MapNode, path: Path, edit: Edit): Why | undefined {
  const missing = path.findIndex((_, i) => nodeAt(tree, path.slice(0, i + 1)) === undefined);
  if (missing === -1) return undefined;
  const parent = path.slice(0, missing);
  const isPlaceFor = missing === 0 ? ofOneEnvironment.includes(String(path[0])) : !takesNames(parent);
  const mayBeNew = edit.entry !== undefined && missing === path.length - 1 && isPlaceFor;
  if (mayBeNew) return undefined;
  const word = String(path[missing]);
  const where = parent.length === 0 ? 'the fleet' : formatPath(parent);
  return {
    message: `"${edit.text}" names nothing: ${where} has no "${word}".`,
    remedy: didYouMean(word, keysOf(nodeAt(tree, parent)), 'Keys'),
  };
}

const takesNames = (parent: Path): boolean =>
  parent[0] !== 'defaults' && named.some((pattern) => fits(parent, pattern));

function replace(tree: MapNode, path: Path, entry: Entry | undefined): MapNode {
  const [segment, ...rest] = path;
  const key = String(segment);
  const entries = new Map(tree.entries);
  const inner = entries.get(key);
  if (rest.length > 0 && inner?.node.kind === 'map')
    entries.set(key, { keyAt: inner.keyAt, node: replace(inner.node, rest, entry) });
  else if (rest.length === 0 && entry) entries.set(key, entry);
  else if (rest.length === 0) entries.delete(key);
  return { kind: 'map', at: tree.at, entries };
}

const notAPath = (text: string): Why => ({
  message: `"${text}" is no dotted path.`,
  remedy: 'Write it like groups.web.count.',
});

function repeated(earlier: Edit | undefined): Why | undefined {
  if (!earlier) return undefined;
  const message = `"${earlier.text}" differs twice in this environment: here and at ${formatPlace(earlier.at)}.`;
  return { message, remedy: 'Remove one.' };
}
