import { findDoubts } from './doubts.js';
import { expandEach } from './each.js';
import { chooseEnvironment, environmentsOf } from './environment.js';
import { findExcess } from './excess.js';
import { judge, shapeProblems } from './judge.js';
import { applyDifferences } from './patch.js';
import { where } from './position.js';
import { type InputFile, type ReadFleet, readFleet } from './read/fleet.js';
import { readSources } from './read/sources.js';
import { revisionOf } from './revision.js';
import type { LoadedFleet, Problem } from './types.js';
import { findUnused } from './unused.js';

export interface LoadOptions {
  /** The directory that holds `fleet.yaml`. */
  readonly dir: string;
  /** Undefined: the one that says `default: true`. */
  readonly environment?: string;
}

/** `files`: how many files of the fleet were read. */
interface Failure {
  readonly ok: false;
  readonly problems: readonly Problem[];
  readonly files: number;
}
export type LoadResult = { readonly ok: true; readonly fleet: LoadedFleet } | Failure;
export type LoadAllResult = { readonly ok: true; readonly fleets: readonly LoadedFleet[] } | Failure;

/**
 * What the user wrote, for one environment, or all that is wrong with it. Nothing a file holds makes this throw: each
 * mistake is a problem with its place.
 */
export async function loadFleet(options: LoadOptions): Promise<LoadResult> {
  return loadRead(options.dir, await readFleet(options.dir), options.environment);
}

/** The same for every environment, each problem once: what `validate` looks at when no environment is named. */
export async function loadEnvironments(dir: string): Promise<LoadAllResult> {
  const read = await readFleet(dir);
  const names = read.tree ? environmentsOf(read.tree) : [];
  const results: LoadResult[] = [];
  for (const name of names.length > 0 ? names : [undefined]) results.push(await loadRead(dir, read, name));
  const failed = results.filter((result) => !result.ok);
  if (failed.length > 0)
    return failure(
      failed.flatMap((result) => result.problems),
      read.files,
    );
  return { ok: true, fleets: results.flatMap((result) => (result.ok ? result.fleet : [])) };
}

async function loadRead(dir: string, read: ReadFleet, environment: string | undefined): Promise<LoadResult> {
  if (!read.tree) return failure(read.problems, read.files);
  const chosen = chooseEnvironment(read.tree, environment);
  if (chosen.name === undefined)
    return failure([...read.problems, ...chosen.problems, ...shapeProblems(read.tree)], read.files);

  const patched = applyDifferences(read.tree, chosen.name);
  const expanded = expandEach(patched.tree);
  const excess = findExcess(expanded.tree);
  if (excess.length > 0) return failure([...read.problems, ...excess], read.files);
  const { draft, problems } = judge(expanded.tree, chosen.name);
  const sources = await readSources(dir, draft);
  const found = [...expanded.problems, ...problems, ...sources.problems];
  const all = [...read.problems, ...patched.problems, ...found.map(expanded.asWritten)];
  if (all.length > 0) return failure(all, read.files);

  const files = [...read.files, ...sources.files];
  return {
    ok: true,
    fleet: {
      manifest: draft.manifest,
      environments: chosen.all,
      files: files.map((file) => file.path),
      where: (path) => where(expanded.tree, path),
      written: expanded.written,
      sources: sources.texts,
      blobs: sources.blobs,
      trees: sources.trees,
      revision: revisionOf(files),
      warnings: ordered([...read.warnings, ...findUnused(draft), ...findDoubts(draft)], read.files),
    },
  };
}

function failure(problems: readonly Problem[], files: readonly InputFile[]): Failure {
  return { ok: false, problems: ordered(problems, files), files: Math.max(1, files.length) };
}

/** In the order in which people read: fleet.yaml, then its includes, from top to bottom; each complaint once. */
function ordered(problems: readonly Problem[], files: readonly InputFile[]): Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const order = new Map(files.map((file, index) => [file.path, index]));
  const rank = (problem: Problem): number => order.get(problem.at.file) ?? files.length;
  return [...unique.values()].sort(
    (a, b) => rank(a) - rank(b) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}
