import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type Scalar,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Entry, ListNode, MapNode, Node, ScalarNode } from '../node.js';
import { formatPath, type Path } from '../path.js';
import type { Location, Problem } from '../types.js';
import { forbiddenCharacter } from './text.js';
import { readOtherwise } from './yaml11.js';

export type Parsed =
  | { readonly tree: MapNode; readonly warnings: readonly Problem[] }
  | { readonly problems: readonly Problem[] };

type Why = Pick<Problem, 'message' | 'remedy'>;

/** Builds our tree from a parsed document; what isn't plain data (aliases, tags, merge keys) becomes a problem. */
export function buildTree(contents: ParsedNode, place: (offset: number) => Location): Parsed {
  const builder = new TreeBuilder(place);
  const tree = builder.node(contents, []);
  if (tree.kind !== 'map')
    builder.refuse(tree.at, [], { message: `A fleet's file is a map of keys, not a ${tree.kind}.` });
  if (tree.kind !== 'map' || builder.problems.length > 0) return { problems: builder.problems };
  return { tree, warnings: builder.warnings };
}

class TreeBuilder {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  constructor(private readonly place: (offset: number) => Location) {}

  refuse(at: Location, path: Path, why: Why): void {
    this.problems.push({ at, path: formatPath(path), ...why });
  }

  node(source: ParsedNode | null, path: Path): Node {
    const at = this.place(source?.range?.[0] ?? 0);
    if (source && 'tag' in source && source.tag) this.refuse(at, path, tagged(source.tag));
    if (isAlias(source)) this.refuse(at, path, alias(source.source));
    if (isMap(source)) return this.map(source as YAMLMap.Parsed, path, at);
    if (isSeq(source)) return this.list(source as YAMLSeq.Parsed, path, at);
    return this.scalar(isScalar(source) ? source : undefined, path, at);
  }

  private map(source: YAMLMap.Parsed, path: Path, at: Location): MapNode {
    const entries = new Map<string, Entry>();
    for (const pair of source.items) this.entry(pair, path, entries);
    return { kind: 'map', at, entries };
  }

  private entry(pair: Pair<ParsedNode, ParsedNode | null>, path: Path, entries: Map<string, Entry>): void {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const keyAt = this.place(pair.key.range?.[0] ?? 0);
    const inner = [...path, key];
    this.key(pair.key, key, keyAt, inner);
    const earlier = entries.get(key);
    if (earlier) this.refuse(keyAt, inner, twice(key, earlier.keyAt));
    const node = pair.value ? this.node(pair.value, inner) : nothing(keyAt);
    entries.set(key, { keyAt, node });
  }

  private key(node: ParsedNode, key: string, at: Location, path: Path): void {
    const why = refusedKey(node, key);
    if (why) this.refuse(at, path, why);
    this.characters(key, at, path);
    const warning = isScalar(node) && node.type === 'PLAIN' ? readOtherwise(key, key) : undefined;
    if (warning) this.warnings.push({ at, path: formatPath(path), ...warning });
  }

  private list(source: YAMLSeq.Parsed, path: Path, at: Location): ListNode {
    const items = source.items.map((item, index) => this.node(item as ParsedNode, [...path, index]));
    return { kind: 'list', at, items };
  }

  private scalar(source: Scalar | undefined, path: Path, at: Location): ScalarNode {
    const value = this.value(source?.value, source?.source ?? '', path, at);
    const plain = source?.type === 'PLAIN';
    const text = source?.source ?? '';
    const warning = plain && value !== null ? readOtherwise(text, value) : undefined;
    if (warning) this.warnings.push({ at, path: formatPath(path), ...warning });
    return { kind: 'scalar', at, value, source: text, plain };
  }

  private value(value: unknown, source: string, path: Path, at: Location): ScalarNode['value'] {
    if (typeof value === 'string') this.characters(value, at, path);
    if (typeof value === 'number' && !isExact(value)) this.refuse(at, path, inexact(source, value));
    const known = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return known ? value : null;
  }

  private characters(text: string, at: Location, path: Path): void {
    const found = forbiddenCharacter(text);
    if (found === undefined) return;
    this.refuse(at, path, {
      message: `The control character ${found} may not stand in a fleet's files.`,
      remedy: 'Remove it.',
    });
  }
}

function refusedKey(node: ParsedNode, key: string): Why | undefined {
  if (isAlias(node)) return alias(node.source);
  if ('tag' in node && node.tag) return tagged(node.tag);
  if (key === '<<') return mergeKey;
  return key in Object.prototype ? { message: `"${key}" cannot be a name here.` } : undefined;
}

const nothing = (at: Location): ScalarNode => ({ kind: 'scalar', at, value: null, source: '', plain: true });

const isExact = (value: number): boolean =>
  Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));

const inexact = (source: string, value: number): Why => ({
  message: `${source} cannot be kept exactly as a number: it would become ${value}.`,
  remedy: `Write "${source}".`,
});
const tagged = (tag: string): Why => ({
  message: `The tag ${JSON.stringify(tag)} is not part of the format.`,
  remedy: 'Remove it.',
});
const alias = (name: string): Why => ({
  message: `The alias *${name} is not part of the format: a value stands where it is used.`,
  remedy: 'Use "vars", "defaults" or a config that others include.',
});
const mergeKey: Why = {
  message: 'The merge key << is not part of the format.',
  remedy: 'Use "defaults" or a config that others include.',
};
const twice = (key: string, earlier: Location): Why => ({
  message: `"${key}" is written twice: here and at ${earlier.file}:${earlier.line}.`,
  remedy: 'Remove one.',
});
