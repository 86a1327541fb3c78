import type {
  AttributeKind,
  AttributesOf,
  DeclaredResource,
  DeclaredTypeName,
  LoadedFleet,
} from '../manifest/types.js';
import type { ResolvedCommon, Resource } from '../resources/index.js';
import type { Texts } from './texts.js';

/** Attributes of a declared type with every text rendered; a file of the fleet becomes `content`, a folder `tree`. */
export function resolveDeclared(
  { type, attributes, kinds }: DeclaredResource,
  texts: Texts,
  { sources, blobs, trees }: Pick<LoadedFleet, 'sources' | 'blobs' | 'trees'>,
): Readonly<Record<string, unknown>> & { readonly type: DeclaredTypeName } {
  const rendered = Object.entries(attributes).map(([name, value]): [string, unknown] => {
    const kind = kinds[name] ?? 'known';
    if (kind === 'source') return ['content', sources[String(value)]];
    if (kind === 'bytes') return ['content', blobs[String(value)]];
    if (kind === 'tree') return ['tree', trees[String(value)]];
    if (kind === 'text' || kind === 'folder') return [name, value];
    if (kind === 'template')
      return ['content', texts.file(name, String(value), sources[String(value)] ?? '')];
    return [name, render(value, name, kind, texts)];
  });
  const contents = named(attributes, kinds, 'text', sources);
  const folders = named(attributes, kinds, 'folder', trees);
  return {
    type,
    ...Object.fromEntries(rendered),
    ...(contents && { contents }),
    ...(folders && { trees: folders }),
  };
}

/** What the attributes of a kind name, by attribute; undefined where the type has no such attribute. */
function named<T>(
  attributes: DeclaredResource['attributes'],
  kinds: DeclaredResource['kinds'],
  kind: AttributeKind,
  read: Readonly<Record<string, T>>,
): Readonly<Record<string, T>> | undefined {
  const names = Object.keys(kinds).filter((name) => kinds[name] === kind);
  if (names.length === 0) return undefined;
  return Object.fromEntries(
    names.flatMap((name) => {
      const found = read[String(attributes[name])];
      return found === undefined ? [] : [[name, found]];
    }),
  );
}

/** Texts of an attribute, however deep they stand. */
function render(value: unknown, path: string, kind: AttributeKind, texts: Texts): unknown {
  if (kind === 'shell') return value;
  if (typeof value === 'string') return kind === 'late' ? texts.late(path, value) : texts.known(path, value);
  if (Array.isArray(value)) return value.map((item, i) => render(item, `${path}[${i}]`, kind, texts));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, render(one, `${path}.${key}`, kind, texts)]),
  );
}

/** For each type: true, or a type error here because its compiler takes other attributes than its entry gives. */
type Fits = {
  readonly [T in DeclaredTypeName]: Resolved<T> extends Taken<T>
    ? true
    : { given: Resolved<T>; taken: Taken<T> };
};
type Resolved<T extends DeclaredTypeName> = Omit<AttributesOf<T>, 'source' | 'template' | 'tree'>;
type Taken<T> = Omit<
  Extract<Resource, { type: T }>,
  keyof ResolvedCommon | 'type' | 'content' | 'tree' | 'contents' | 'trees'
>;
export const fits: Fits extends Record<DeclaredTypeName, true> ? true : Fits = true;
