import { type Draft, problemAt } from '../draft.js';
import type { AttributeKind, ManifestResource, Problem, TreeFile } from '../types.js';
import { readInside } from './files.js';
import type { InputFile } from './fleet.js';
import { decodeSource, MAX_FILE_BYTES, MAX_SOURCE_BYTES, textOrBytes } from './text.js';
import { readTree } from './trees.js';

export interface Sources {
  /** Text of what is rendered or must be text, by path as written. */
  readonly texts: Readonly<Record<string, string>>;
  /** Content of what is taken byte for byte, by path as written. */
  readonly blobs: Readonly<Record<string, string | Uint8Array>>;
  /** Files of folders, by the folder's path as written. */
  readonly trees: Readonly<Record<string, readonly TreeFile[]>>;
  readonly files: readonly InputFile[];
  readonly problems: readonly Problem[];
}

type PathKind = 'source' | 'template' | 'bytes' | 'tree';
interface Named {
  readonly path: string;
  /** Dotted path of the attribute. */
  readonly named: string;
  readonly kind: PathKind;
}

/** Reads every file and folder of the fleet that a resource names. */
export async function readSources(dir: string, draft: Draft): Promise<Sources> {
  const reader = new SourceReader(dir, draft);
  for (const named of namedPaths(draft)) await reader.read(named);
  return reader;
}

class SourceReader implements Sources {
  readonly texts: Record<string, string> = {};
  readonly blobs: Record<string, string | Uint8Array> = {};
  readonly trees: Record<string, readonly TreeFile[]> = {};
  readonly files: InputFile[] = [];
  readonly problems: Problem[] = [];

  constructor(
    private readonly dir: string,
    private readonly draft: Draft,
  ) {}

  async read({ path, named, kind }: Named): Promise<void> {
    const known = kind === 'tree' ? this.trees : kind === 'bytes' ? this.blobs : this.texts;
    if (Object.hasOwn(known, path)) return;
    await (kind === 'tree' ? this.folder(path, named) : this.file(path, named, kind));
  }

  private async file(path: string, named: string, kind: PathKind): Promise<void> {
    const read = await readInside(this.dir, path, kind === 'bytes' ? MAX_SOURCE_BYTES : MAX_FILE_BYTES);
    if ('why' in read) return this.complain(named, read.why);
    this.files.push({ path, bytes: read.bytes });
    if (kind === 'bytes') {
      this.blobs[path] = textOrBytes(read.bytes);
      return;
    }
    const decoded = decodeSource(read.bytes, path);
    if ('problem' in decoded) this.problems.push(decoded.problem);
    else this.texts[path] = decoded.text;
  }

  private async folder(path: string, named: string): Promise<void> {
    const read = await readTree(this.dir, path);
    if ('why' in read) return this.complain(named, read.why);
    this.trees[path] = read.files;
    for (const { path: inner, ...file } of read.files) this.files.push({ path: `${path}/${inner}`, ...file });
  }

  private complain(named: string, why: Pick<Problem, 'message' | 'remedy'>): void {
    this.problems.push(problemAt(this.draft, named, why.message, why.remedy));
  }
}

const namedPaths = (draft: Draft): Named[] =>
  Object.values(draft.manifest.configs)
    .flatMap((config) => config.resources)
    .flatMap((resource) =>
      pathsOf(resource).map(({ name, ...rest }) => ({ ...rest, named: `${resource.path}.${name}` })),
    );

/** Files and folders of the fleet that a resource names. */
function pathsOf(resource: ManifestResource): { name: string; path: string; kind: PathKind }[] {
  const given = (name: string, path: unknown, kind: PathKind) =>
    typeof path === 'string' ? [{ name, path, kind }] : [];
  if (resource.type === 'file')
    return [
      ...given('template', resource.template, 'template'),
      ...given('source', resource.source, 'bytes'),
    ];
  if (!('kinds' in resource)) return [];
  return Object.entries(resource.kinds).flatMap(([name, kind]) => {
    const read = readAs[kind];
    return read === undefined ? [] : given(name, resource.attributes[name], read);
  });
}

const readAs: Readonly<Partial<Record<AttributeKind, PathKind>>> = {
  ...{ source: 'source', template: 'template', bytes: 'bytes', tree: 'tree' },
  ...{ text: 'source', folder: 'tree' },
};
