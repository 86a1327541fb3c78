import { type Draft, problemAt, type Rule } from '../draft.js';
import type { ManifestCheck, ManifestResource, Problem } from '../types.js';

const expression = /\$\{[{%]/;

/** Nothing is ever pasted into shell: values enter through `env` or `stdin`. */
export const shellHasNoExpressions: Rule = (draft) =>
  Object.values(draft.manifest.configs).flatMap((config) =>
    [...config.resources, ...config.verify].flatMap((item) =>
      shellOf(item).flatMap(([key, text]) => pasted(draft, item, key, text)),
    ),
  );

function pasted(draft: Draft, item: { readonly path: string }, key: string, text: string): Problem[] {
  if (!expression.test(text)) return [];
  return [
    problemAt(
      draft,
      `${item.path}.${key}`,
      `An expression in "${key}" would be pasted into shell.`,
      'Give the value a name under "env" and write "$NAME" here.',
    ),
  ];
}

function shellOf(item: ManifestResource | ManifestCheck): [string, string][] {
  const found: [string, string | undefined][] = [];
  if (item.type === 'command') found.push(['run', item.run]);
  if (item.type === 'command' && 'always' in item)
    found.push(['unless', item.unless], ['onlyIf', item.onlyIf]);
  if ('kinds' in item)
    for (const [name, kind] of Object.entries(item.kinds))
      if (kind === 'shell') found.push([name, item.attributes[name] as string | undefined]);
  if (item.type === 'file') found.push(['validate', item.validate]);
  return found.filter((entry): entry is [string, string] => entry[1] !== undefined);
}
