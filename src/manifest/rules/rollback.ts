import { rollbackRungs } from '../../model/index.js';
import { type Draft, problemAt, type Rule } from '../draft.js';
import type { ManifestGroup, Problem } from '../types.js';

/** The ways back are named in the order in which they are tried, the one that loses nothing first. */
export const rungsAreALadder: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, { rollback }]) =>
    rollback.flatMap((rung, index) => misplaced(draft, `groups.${name}.rollback`, rollback, rung, index)),
  );

function misplaced(
  draft: Draft,
  path: string,
  rungs: ManifestGroup['rollback'],
  rung: ManifestGroup['rollback'][number],
  index: number,
): Problem[] {
  const at = `${path}[${index}]`;
  if (rungs.indexOf(rung) < index)
    return [problemAt(draft, at, `"${rung}" is named twice: each way back is tried once.`, 'Remove one.')];
  const ordered = `Write [${rollbackRungs.filter((one) => one === 'restore' || rungs.includes(one)).join(', ')}].`;
  if (index === 0 && rung !== 'restore')
    return [problemAt(draft, at, `"${rung}" is tried before "restore", which loses nothing.`, ordered)];
  const before = rungs[index - 1];
  if (before === undefined || rungs[0] !== 'restore') return [];
  if (rollbackRungs.indexOf(before) < rollbackRungs.indexOf(rung)) return [];
  return [problemAt(draft, at, `"${rung}" is tried before "${before}", never after it.`, ordered)];
}

/** What somebody said to keep, no rollback throws away. */
export const rollbackDiscardsNothingKept: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, group]) =>
    group.rollback.flatMap((rung, index): Problem[] => {
      const kept = rung === 'restore' ? undefined : keptBy(group);
      if (kept === undefined) return [];
      const message = `"${rung}" discards what was written since, and ${kept}.`;
      return [problemAt(draft, `groups.${name}.rollback[${index}]`, message, remedy)];
    }),
  );

const remedy = 'Remove it here: "restore" alone takes back what a change did and keeps all else.';

function keptBy({ protect, disks }: ManifestGroup): string | undefined {
  if (protect) return 'the group has protect: true';
  const disk = Object.entries(disks).find(([, { keep }]) => keep)?.[0];
  return disk && `disk "${disk}" has keep: true`;
}
