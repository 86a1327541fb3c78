import { keysOf, type MapNode } from './node.js';
import { locate, nodeAt } from './position.js';
import { didYouMean } from './suggest.js';
import type { Problem } from './types.js';

export interface Chosen {
  /** Undefined: none could be chosen, and the problems say why. */
  readonly name?: string;
  readonly all: readonly string[];
  readonly problems: readonly Problem[];
}

/** The environment asked for, or the one that `-e` may be left out for. */
export function chooseEnvironment(tree: MapNode, asked: string | undefined): Chosen {
  const all = environmentsOf(tree);
  const problem = (message: string, remedy?: string): Chosen => ({
    all,
    problems: [
      { at: locate(tree, ['environments']), path: 'environments', message, ...(remedy && { remedy }) },
    ],
  });
  if (all.length === 0)
    return problem('No environment is declared.', 'Write one: environments: {dev: {default: true}}');
  if (asked !== undefined) {
    if (all.includes(asked)) return { name: asked, all, problems: [] };
    return problem(`There is no environment "${asked}".`, didYouMean(asked, all, 'Environments'));
  }
  const [first] = defaultsOf(tree);
  if (first !== undefined) return { name: first, all, problems: [] };
  return problem('No environment says "default: true".', `Name one with -e: ${all.join(', ')}.`);
}

/** Names of all that are declared, in order. */
export const environmentsOf = (tree: MapNode): string[] => keysOf(nodeAt(tree, ['environments']));

/** Those that say `default: true`; a rule sees to it that there is at most one. */
export function defaultsOf(tree: MapNode): string[] {
  return environmentsOf(tree).filter((name) => {
    const node = nodeAt(tree, ['environments', name, 'default']);
    return node?.kind === 'scalar' && node.value === true;
  });
}
