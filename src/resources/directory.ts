import { type FactRequest, type Step, sha256Hex } from '../model/index.js';
import { octalMode, owners } from './owner.js';
import { quote } from './quote.js';
import { factKey, flag, makeStep, shellFunction } from './step.js';
import { assertName, assertPath, assertRelative, refuse } from './text.js';
import type { ResolvedCommon } from './types.js';

/** A file of a folder of the fleet. */
export interface TreeFile {
  /** From the folder, parts separated by `/`. */
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

export interface ResolvedDirectory extends ResolvedCommon {
  readonly type: 'directory';
  readonly directory: string;
  /** `user` or `user:group`, also of what the tree puts in it; undefined: what is there keeps its own. */
  readonly owner?: string;
  /** Octal text of three or four digits. */
  readonly mode?: string;
  /** Files that must be in it, sorted; undefined: what it holds isn't managed. */
  readonly tree?: readonly TreeFile[];
  readonly purge: boolean;
  readonly recursive: boolean;
  readonly absent: boolean;
}

/** facts: stat, and stat and digest of each file. check, apply: the directory, its files, the rest. undo: pre-images. */
export function compileDirectory(resource: ResolvedDirectory): Step {
  const { id, directory, owner, mode, tree = [], purge, recursive, absent } = resource;
  validate(resource);
  const files = tree.map((file) => ({
    ...file,
    at: `${directory}/${file.path}`,
    sha: sha256Hex(file.bytes),
  }));
  return makeStep({
    ...{ resource, undo: 'exact' },
    facts: [
      { kind: 'stat', key: directory },
      ...files.flatMap(({ at }): FactRequest[] => [
        { kind: 'stat', key: at },
        { kind: 'sha256', key: at },
      ]),
    ],
    variables: {
      directory_path: directory,
      directory_key: factKey('stat', directory),
      directory_owner: owner ?? '',
      directory_mode: octalMode(mode, id) ?? '',
      directory_absent: flag(absent),
      directory_purge: flag(purge),
      directory_recursive: flag(recursive),
    },
    extra: [
      shellFunction(
        'directory_tree',
        files.map(
          ({ at, sha, executable, path }) =>
            `"$1" ${factKey('stat', at)} ${sha} ${executable ? 755 : 644} ${quote(path)} || return`,
        ),
      ),
    ],
    files: files.map((file) => file.bytes),
    intent: {
      ...{ directory, owner, mode: octalMode(mode, id), purge, recursive, absent },
      tree: resource.tree && Object.fromEntries(files.map((file) => [file.path, shown(file)])),
    },
  });
}

const shown = ({ sha, bytes, executable }: { sha: string; bytes: Uint8Array; executable: boolean }): string =>
  `${sha} ${bytes.length} bytes${executable ? ' executable' : ''}`;

function validate({ id, directory, owner, tree = [], purge, recursive }: ResolvedDirectory): void {
  assertPath(directory, id);
  if (owner !== undefined) assertName(owner, owners, id);
  for (const { path } of tree) assertRelative(path, id);
  if ((purge || recursive) && directory.split('/').length < 3)
    refuse(
      'MW-MANIFEST-PATH',
      id,
      `${directory} is too near the root to purge it or give away all that is in it`,
    );
}
