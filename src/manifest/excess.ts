import { itemsOf, keysOf, type MapNode } from './node.js';
import { formatPath, type Path } from './path.js';
import { locate, nodeAt } from './position.js';
import type { Problem } from './types.js';

/** Machines are counted in groups, so that ten thousand of them need few names. */
const MAX_NAMES = 1_000;
const MAX_ITEMS = 2_000;
const MAX_MACHINES = 10_000;
const sections = ['people', 'secrets', 'sites', 'images', 'networks', 'configs', 'groups', 'environments'];

/** Sections and lists larger than any rule should have to walk: judged before all else. */
export function findExcess(tree: MapNode): Problem[] {
  const names = sections.map(
    (section): Counted => counted([section], keysOf(nodeAt(tree, [section])), MAX_NAMES),
  );
  const lists = keysOf(nodeAt(tree, ['configs'])).flatMap((config) =>
    ['resources', 'verify', 'include'].map((key) => {
      const path = ['configs', config, key];
      return counted(path, itemsOf(nodeAt(tree, path)), MAX_ITEMS);
    }),
  );
  const machines = keysOf(nodeAt(tree, ['groups'])).map((group): Counted => {
    const path = ['groups', group, 'machines'];
    return counted(path, keysOf(nodeAt(tree, path)), MAX_MACHINES);
  });
  return [...names, ...lists, ...machines]
    .filter(({ count, most }) => count > most)
    .map((excess) => problem(tree, excess));
}

interface Counted {
  readonly path: Path;
  readonly count: number;
  readonly most: number;
}

const counted = (path: Path, entries: readonly unknown[], most: number): Counted => ({
  path,
  count: entries.length,
  most,
});

function problem(tree: MapNode, { path, count, most }: Counted): Problem {
  const message = `${count} entries: at most ${most} may stand here.`;
  const remedy =
    path.length === 1 && path[0] === 'groups' ? 'Let one group have a "count".' : 'Split the fleet.';
  return { at: locate(tree, path), path: formatPath(path), message, remedy };
}
