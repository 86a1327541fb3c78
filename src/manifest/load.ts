import { describeIssues, type Finding } from './describe.js';
import type { Draft } from './draft.js';
import { chooseEnvironment } from './environment.js';
import type { MapNode } from './node.js';
import { toValue } from './node.js';
import { normalise } from './normalise/manifest.js';
import { Reader } from './normalise/reader.js';
import { applyDifferences } from './patch.js';
import { isWithin, type Path, parsePath } from './path.js';
import { where } from './position.js';
import { readFleet } from './read/fleet.js';
import { readSources } from './read/sources.js';
import { revisionOf } from './revision.js';
import { rules } from './rules/index.js';
import { fleet as fleetSchema } from './schema/fleet.js';
import type { LoadedFleet, Problem } from './types.js';
import { findUnsupported } from './unsupported.js';
import { findUnused } from './unused.js';

export interface LoadOptions {
  /** The directory that holds `fleet.yaml`. */
  readonly dir: string;
  /** Undefined: the one that says `default: true`. */
  readonly environment?: string;
}

/** `files`: how many files of the fleet were read. */
export type LoadResult =
  | { readonly ok: true; readonly fleet: LoadedFleet }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly files: number };

/**
 * What the user wrote, for one environment, or all that is wrong with it. Nothing a file holds makes this throw: each
 * mistake is a problem with its place.
 */
export async function loadFleet(options: LoadOptions): Promise<LoadResult> {
  const read = await readFleet(options.dir);
  const files = read.files.map((file) => file.path);
  const fail = (problems: readonly Problem[]): LoadResult => ({
    ok: false,
    problems: ordered(problems, files),
    files: Math.max(1, files.length),
  });
  if (!read.tree) return fail(read.problems);

  const chosen = chooseEnvironment(read.tree, options.environment);
  if (chosen.name === undefined)
    return fail([...read.problems, ...chosen.problems, ...shapeProblems(read.tree)]);
  const patched = applyDifferences(read.tree, chosen.name);
  const { draft, problems } = judge(patched.tree, chosen.name);
  const sources = await readSources(options.dir, draft);
  const all = [...read.problems, ...chosen.problems, ...patched.problems, ...problems, ...sources.problems];
  if (all.length > 0) return fail(all);

  return {
    ok: true,
    fleet: {
      manifest: draft.manifest,
      environments: chosen.all,
      where: (path) => where(patched.tree, path),
      sources: sources.texts,
      revision: revisionOf([...read.files, ...sources.files]),
      warnings: ordered([...read.warnings, ...findUnused(draft)], files),
    },
  };
}

/** Shapes first; then rules over every part whose shape is right. */
function judge(tree: MapNode, environment: string): { draft: Draft; problems: Problem[] } {
  const complaints = judgeShapes(tree);
  const reader = new Reader(
    tree,
    complaints.map((complaint) => complaint.path),
  );
  const isSound = (path: string): boolean => reader.isSound(parsePath(path) ?? []);
  const draft = { tree, manifest: normalise(reader, environment), isSound };
  const broken = rules.flatMap((rule) => rule(draft));
  return { draft, problems: [...complaints.map((complaint) => complaint.problem), ...broken] };
}

/** Without an environment nobody knows the whole, so rules would complain of what differences put right. */
const shapeProblems = (tree: MapNode): Problem[] => judgeShapes(tree).map((complaint) => complaint.problem);

function judgeShapes(tree: MapNode): Finding[] {
  const unsupported = findUnsupported(tree);
  const parsed = fleetSchema.safeParse(toValue(tree), { error: () => '' });
  const findings = describeIssues(tree, parsed.error?.issues ?? []).filter(
    (finding) =>
      !unsupported.some((other) => isWithin(finding.path, other.path) || isItemOf(finding.path, other.path)),
  );
  return [...unsupported, ...findings];
}

/** An item of a type that comes later is no item of a type that is here; once said, that is enough. */
const isItemOf = (path: Path, later: Path): boolean =>
  path.length === later.length - 1 && isWithin(later, path);

/** In the order in which people read: fleet.yaml, then its includes, from top to bottom; each complaint once. */
function ordered(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const unique = new Map(problems.map((problem) => [JSON.stringify(problem), problem]));
  const rank = (p: Problem): number => (files.indexOf(p.at.file) + files.length + 1) % (files.length + 1);
  return [...unique.values()].sort(
    (a, b) => rank(a) - rank(b) || a.at.line - b.at.line || a.at.column - b.at.column,
  );
}
