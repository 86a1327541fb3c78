import { child, keysOf, type MapNode } from './node.js';
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
  const section = nodeAt(tree, ['environments']);
  const all = keysOf(section);
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
  const [first, second] = all.filter((name) => isDefault(tree, name));
  if (first === undefined)
    return problem('No environment says "default: true".', `Name one with -e: ${all.join(', ')}.`);
  if (second !== undefined)
    return problem(`"${first}" and "${second}" both say "default: true".`, 'Only one may.');
  return { name: first, all, problems: [] };
}

function isDefault(tree: MapNode, name: string): boolean {
  const node = child(nodeAt(tree, ['environments', name]), 'default');
  return node?.kind === 'scalar' && node.value === true;
}
