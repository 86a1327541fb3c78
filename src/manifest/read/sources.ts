import { type Draft, problemAt } from '../draft.js';
import type { ManifestResource, Problem } from '../types.js';
import { readInside } from './files.js';
import type { InputFile } from './fleet.js';
import { decodeSource } from './text.js';

export interface Sources {
  /** Text by path as written. */
  readonly texts: Readonly<Record<string, string>>;
  readonly files: readonly InputFile[];
  readonly problems: readonly Problem[];
}

/** Reads every file that a `template` or `source` names. */
export async function readSources(dir: string, draft: Draft): Promise<Sources> {
  const texts: Record<string, string> = {};
  const files: InputFile[] = [];
  const problems: Problem[] = [];
  for (const { path, named } of namedFiles(draft)) {
    if (Object.hasOwn(texts, path)) continue;
    const read = await readInside(dir, path);
    if ('why' in read) problems.push(problemAt(draft, named, read.why.message, read.why.remedy));
    else {
      const decoded = decodeSource(read.bytes, path);
      if ('problem' in decoded) problems.push(decoded.problem);
      else texts[path] = decoded.text;
      files.push({ path, bytes: read.bytes });
    }
  }
  return { texts, files, problems };
}

function namedFiles(draft: Draft): { path: string; named: string }[] {
  const resources = Object.values(draft.manifest.configs).flatMap((config) => config.resources);
  return resources.flatMap((resource) =>
    Object.entries(pathsOf(resource)).map(([name, path]) => ({ path, named: `${resource.path}.${name}` })),
  );
}

/** Files of the fleet that a resource names, by attribute. */
export function pathsOf(resource: ManifestResource): Readonly<Record<string, string>> {
  if (resource.type === 'file') return defined({ template: resource.template, source: resource.source });
  if (!('kinds' in resource)) return {};
  const names = Object.keys(resource.kinds).filter((name) =>
    ['source', 'template'].includes(resource.kinds[name] as string),
  );
  return defined(
    Object.fromEntries(names.map((name) => [name, resource.attributes[name] as string | undefined])),
  );
}

const defined = (paths: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(paths).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
