import type { Location } from './types.js';

/** What stands in the files, each value with its place: merging and patching keep places right. */
export type Node = ScalarNode | MapNode | ListNode;

export interface ScalarNode {
  readonly kind: 'scalar';
  readonly at: Location;
  readonly value: string | number | boolean | null;
  /** As typed, e.g. `0640` for the number 640. */
  readonly source: string;
  /** Neither quoted nor a block: YAML decided what it is. */
  readonly plain: boolean;
}
export interface MapNode {
  readonly kind: 'map';
  readonly at: Location;
  readonly entries: ReadonlyMap<string, Entry>;
}
export interface ListNode {
  readonly kind: 'list';
  readonly at: Location;
  readonly items: readonly Node[];
}
export interface Entry {
  readonly keyAt: Location;
  readonly node: Node;
}

/** The child of a node by key or index, if there is one. */
export function child(node: Node | undefined, segment: string | number): Node | undefined {
  if (node?.kind === 'map') return node.entries.get(String(segment))?.node;
  if (node?.kind === 'list') return typeof segment === 'number' ? node.items[segment] : undefined;
  return undefined;
}

export function keysOf(node: Node | undefined): string[] {
  return node?.kind === 'map' ? [...node.entries.keys()] : [];
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : [];
}

export function textOf(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' ? node.value : undefined;
}

/** Plain JavaScript, for schemas. */
export function toValue(node: Node): unknown {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(toValue);
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toValue(entry.node)]));
}

/** Calls `visit` for a node and all below it. */
export function walk(node: Node, visit: (node: Node, path: readonly (string | number)[]) => void): void {
  const step = (at: Node, path: readonly (string | number)[]): void => {
    visit(at, path);
    if (at.kind === 'map') for (const [key, entry] of at.entries) step(entry.node, [...path, key]);
    if (at.kind === 'list') for (const [index, item] of at.items.entries()) step(item, [...path, index]);
  };
  step(node, []);
}

/** What a message calls a value as it starts: `"text"`, `0640`, `This map`. */
export function shown(node: Node | undefined): string {
  if (!node) return 'Nothing';
  if (node.kind !== 'scalar') return `This ${node.kind}`;
  if (typeof node.value === 'string') return JSON.stringify(shortened(node.value));
  return node.value === null ? 'Nothing' : shortened(node.source);
}

function shortened(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 60 || line.length < text.trimEnd().length ? `${line.slice(0, 57)}...` : line;
}
