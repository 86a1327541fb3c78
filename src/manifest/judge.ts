import { describeIssues, type Finding } from './describe.js';
import type { Draft } from './draft.js';
import { type MapNode, toValue } from './node.js';
import { normalise } from './normalise/manifest.js';
import { Reader } from './normalise/reader.js';
import { type Path, parsePath } from './path.js';
import { PathSet } from './pathSet.js';
import { rules } from './rules/index.js';
import { fleet } from './schema/fleet.js';
import { kindsAt } from './schema/kinds.js';
import type { Problem } from './types.js';
import { findUnsupported } from './unsupported.js';

/** Shapes first; then rules over every part whose shape is right. */
export function judge(tree: MapNode, environment: string): { draft: Draft; problems: Problem[] } {
  const complaints = judgeShapes(tree);
  const reader = new Reader(tree, new PathSet(complaints.map((complaint) => complaint.path)));
  const isSound = (path: string): boolean => reader.isSound(parsePath(path) ?? []);
  const draft = { tree, manifest: normalise(reader, environment), isSound };
  const broken = rules.flatMap((rule) => rule(draft));
  return { draft, problems: [...complaints.map((complaint) => complaint.problem), ...broken] };
}

/** Without an environment nobody knows the whole, so rules would complain of what differences put right. */
export const shapeProblems = (tree: MapNode): Problem[] =>
  judgeShapes(tree).map((complaint) => complaint.problem);

function judgeShapes(tree: MapNode): Finding[] {
  const unsupported = findUnsupported(tree);
  const later = new PathSet(unsupported.map((finding) => finding.path));
  const parsed = fleet.safeParse(toValue(tree), { error: () => '' });
  const findings = describeIssues(tree, parsed.error?.issues ?? []).filter(
    (finding) => !later.covers(finding.path) && !(isItem(finding.path) && later.reachesInto(finding.path)),
  );
  return [...unsupported, ...findings];
}

/** An item of a type that comes later is no item of a type that is here; once said, that is enough. */
const isItem = (path: Path): boolean => kindsAt(path) !== undefined;
