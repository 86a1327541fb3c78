import { type Draft, problemAt, type Rule } from '../draft.js';
import { walk } from '../node.js';
import { formatPath, parsePath } from '../path.js';
import { nodeAt } from '../position.js';
import type { Problem } from '../types.js';

/** A var is a value: an expression in it would be printed as it stands wherever the var is used. */
export const varsHaveNoExpressions: Rule = (draft) =>
  placesOfVars(draft).flatMap((place) => expressionsIn(draft, place));

function placesOfVars({ manifest }: Draft): string[] {
  const groups = Object.entries(manifest.groups).flatMap(([name, { machines = {} }]) => [
    `groups.${name}.vars`,
    ...Object.keys(machines).map((machine) => `groups.${name}.machines.${machine}.vars`),
  ]);
  return ['vars', ...Object.keys(manifest.configs).map((name) => `configs.${name}.vars`), ...groups];
}

function expressionsIn(draft: Draft, place: string): Problem[] {
  const base = parsePath(place) ?? [];
  const vars = nodeAt(draft.tree, base);
  const found: Problem[] = [];
  if (vars === undefined) return found;
  walk(vars, (node, inner) => {
    if (node.kind !== 'scalar' || typeof node.value !== 'string' || !/\$\{[{%]/.test(node.value)) return;
    const path = formatPath([...base, ...inner]);
    found.push(problemAt(draft, path, 'An expression in a var is never rendered.', remedy));
  });
  return found;
}

const remedy = 'Write it where the var is used, or the value that is meant here.';
