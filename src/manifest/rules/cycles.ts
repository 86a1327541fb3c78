import { problemAt, type Rule } from '../draft.js';
import type { Problem } from '../types.js';

type Edges = (name: string) => readonly string[];

/** Configs don't include each other in a circle. */
export const includesHaveNoCycle: Rule = (draft) => {
  const { configs } = draft.manifest;
  const edges: Edges = (name) => (Object.hasOwn(configs, name) ? (configs[name]?.include ?? []) : []);
  return cycles(Object.keys(configs), edges).map((circle) =>
    problemAt(
      draft,
      `configs.${circle[0]}.include`,
      `Configs include each other: ${drawn(circle)}.`,
      'Break the circle.',
    ),
  );
};

/** Groups don't wait for each other in a circle. */
export const groupsHaveNoCycle: Rule = (draft) => {
  const { groups } = draft.manifest;
  const edges: Edges = (name) => (Object.hasOwn(groups, name) ? (groups[name]?.after ?? []) : []);
  return cycles(Object.keys(groups), edges).map(
    (circle): Problem =>
      problemAt(
        draft,
        `groups.${circle[0]}.after`,
        `Groups wait for each other: ${drawn(circle)}.`,
        'Break the circle.',
      ),
  );
};

const drawn = (circle: readonly string[]): string => [...circle, circle[0]].join(' → ');

/** Each circle once, from the name in it that comes first. */
function cycles(names: readonly string[], edges: Edges): string[][] {
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) found.push(trail.slice(start));
    if (start !== -1 || done.has(name)) return;
    for (const next of edges(name)) visit(next, [...trail, name]);
    done.add(name);
  };
  for (const name of names) visit(name, []);
  return found;
}
