import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fleetJsonSchema, groupOf, type Location, resourcesOf, varCandidates } from '../manifest/index.js';
import { columns } from '../report/index.js';
import type { Context } from './context.js';
import { usageError } from './errors.js';
import { Exit } from './exit.js';
import { loadOrEnd } from './fleet.js';
import { pageText } from './page.js';
import { didYouMean } from './suggest.js';

const place = (at: Location | undefined): string => (at ? `${at.file}:${at.line}:${at.column}` : '');

/** Every definition of a var that a machine could see, the one that counts last. */
export async function explainVar(context: Context, machine: string, key: string): Promise<number> {
  const fleet = await loadOrEnd(context);
  const name = key.replace(/^vars\./, '');
  if (groupOf(fleet, machine) === undefined) {
    throw usageError(
      `${machine} is no machine of ${fleet.manifest.fleet}/${fleet.manifest.environment}.`,
      `Groups: ${Object.keys(fleet.manifest.groups).join(', ')}.`,
      'MW-TARGET-UNKNOWN',
    );
  }
  const found = varCandidates(fleet, machine, name);
  if (found.length === 0)
    throw usageError(`Nothing defines vars.${name} for ${machine}.`, undefined, 'MW-EXPLAIN-UNKNOWN');
  const rows = found.map((one) => [
    one.wins ? '→' : ' ',
    one.value === undefined ? 'nothing' : JSON.stringify(one.value),
    one.path,
    place(one.at),
  ]);
  context.emit({ schema: 'millwright/explain/v1', what: `${machine} vars.${name}`, candidates: found }, () =>
    columns(rows).join('\n'),
  );
  return Exit.asAsked;
}

/** Where a resource is declared and which groups have it. */
export async function explainResource(context: Context, id: string): Promise<number> {
  const fleet = await loadOrEnd(context);
  const { configs, groups } = fleet.manifest;
  const uses = Object.entries(groups).flatMap(([group, { config }]) =>
    resourcesOf(configs, config)
      .filter((one) => one.id === id)
      .map((one) => ({ group, path: fleet.written?.(one.path) ?? one.path, at: fleet.where(one.path) })),
  );
  if (uses.length === 0) {
    const known = Object.values(groups).flatMap(({ config }) =>
      resourcesOf(configs, config).map((one) => one.id),
    );
    throw usageError(
      `No group has a resource ${id}.${didYouMean(id, known)}`,
      undefined,
      'MW-EXPLAIN-UNKNOWN',
    );
  }
  const rows = uses.map((one) => [one.group, one.path, place(one.at)]);
  context.emit({ schema: 'millwright/explain/v1', what: id, uses }, () => columns(rows).join('\n'));
  return Exit.asAsked;
}

/** The page of a failure code, as it stands in docs/failures. */
export async function explainCode(context: Context, code: string): Promise<number> {
  const folder = new URL('../../docs/failures/', import.meta.url);
  const known = pagesIn(folder);
  if (!known.includes(code))
    throw usageError(
      `${code} is not described.${didYouMean(code, known)}`,
      'docs/failures/README.md lists every code.',
      'MW-EXPLAIN-UNKNOWN',
    );
  const text = readFileSync(new URL(`${code}.md`, folder), 'utf8');
  const { io, paint } = context;
  context.emit({ schema: 'millwright/explain/v1', what: code, text }, () =>
    pageText(text, io.columns, paint),
  );
  return Exit.asAsked;
}

const pagesIn = (folder: URL): string[] =>
  existsSync(folder) ? readdirSync(folder).flatMap((name) => /^(MW-.+)\.md$/.exec(name)?.[1] ?? []) : [];

interface Node {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node | boolean;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly required?: readonly string[];
  readonly $defs?: Readonly<Record<string, Node>>;
}

/** What the format says of a dotted key; names chosen by the user, such as a group's, may stand in it. */
export function explainKey(key: string): string {
  const root = fleetJsonSchema() as Node;
  let nodes: readonly Node[] = [root];
  for (const part of key
    .replace(/\[\d*\]/g, '.0')
    .split('.')
    .filter((one) => one !== '')) {
    const next = nodes.flatMap((node) => child(root, node, part));
    if (next.length === 0) {
      const known = [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
      throw usageError(
        `The format has no key ${key}.${didYouMean(part, known)}`,
        known.length > 0 ? `There is: ${known.join(', ')}.` : undefined,
        'MW-EXPLAIN-UNKNOWN',
      );
    }
    nodes = next;
  }
  return [...new Set(nodes.map((node) => describe(key, node).join('\n')))].join('\n');
}

const variants = (root: Node, node: Node): Node[] => {
  const real = node.$ref ? (root.$defs?.[node.$ref.replace('#/$defs/', '')] ?? node) : node;
  const inner = [...(real.anyOf ?? []), ...(real.oneOf ?? []), ...(real.allOf ?? [])];
  if (inner.length === 0) return [real];
  const [first, ...others] = inner.flatMap((one) => variants(root, one));
  // What is said of all shapes together is said once.
  return first ? [{ description: real.description, ...first }, ...others] : [];
};

function child(root: Node, node: Node, part: string): Node[] {
  return variants(root, node).flatMap((one) => {
    const named = one.properties?.[part];
    if (named) return variants(root, named);
    if (/^\d+$/.test(part) && typeof one.items === 'object') return variants(root, one.items);
    return typeof one.additionalProperties === 'object' ? variants(root, one.additionalProperties) : [];
  });
}

function describe(key: string, node: Node): string[] {
  const values = node.enum ?? (node.const === undefined ? undefined : [node.const]);
  const type = values
    ? values.map((one) => JSON.stringify(one)).join(' | ')
    : [node.type ?? 'any'].flat().join(' or ');
  const keys = Object.keys(node.properties ?? {});
  return [
    `${key}: ${type}${node.default === undefined ? '' : `, default ${JSON.stringify(node.default)}`}`,
    ...(node.description ? [`    ${node.description}`] : []),
    ...(keys.length > 0
      ? [
          `    keys: ${keys.map((one) => (node.required?.includes(one) ? `${one} (needed)` : one)).join(', ')}`,
        ]
      : []),
  ];
}
