import type { Finding } from './describe.js';
import type { Draft } from './draft.js';
import { walk } from './node.js';
import { fits, formatPath, type Path } from './path.js';
import { locateKey } from './position.js';

/** Keys of the format that a later version brings: a clear refusal instead of "unknown key". */
const later: readonly string[] = [
  'sites.*.uri',
  'groups.*.renamed',
  'configs.*.resources.*.flush',
  'configs.*.verify.*.at',
  'environments.*.rules.agreement',
  'environments.*.rules.window',
  'environments.*.rules.freeze',
];

/** Values of known keys that a later version brings. */
const laterValues: readonly { readonly pattern: string; readonly values: readonly string[] }[] = [
  { pattern: 'sites.*.provider', values: ['libvirt', 'ec2'] },
];

/** Everything written that this version doesn't do yet. */
export function findUnsupported(tree: Draft['tree']): Finding[] {
  const found: Finding[] = [];
  walk(tree, (node, path) => {
    const message = keyMessage(path) ?? (node.kind === 'scalar' ? valueMessage(path, node.value) : undefined);
    if (message === undefined) return;
    found.push({ path, problem: { at: locateKey(tree, path), path: formatPath(path), message } });
  });
  return found;
}

function keyMessage(path: Path): string | undefined {
  if (!later.some((pattern) => fits(path, pattern))) return undefined;
  return `"${path.at(-1)}" is not supported in this version.`;
}

function valueMessage(path: Path, value: unknown): string | undefined {
  const known = laterValues.find(({ pattern }) => fits(path, pattern));
  if (typeof value !== 'string' || !known?.values.includes(value)) return undefined;
  return `${path.at(-1)} "${value}" is not supported in this version.`;
}
