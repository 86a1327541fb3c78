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

/** Nobody renders what runs around a change or is asked while it soaks: it is the same text for every machine. */
export const rolloutsHaveNoExpressions: Rule = (draft) =>
  Object.entries(draft.manifest.groups).flatMap(([name, { around, rollout }]) => {
    const steps = around
      ? (['drain', 'restore'] as const).map((when): Told => [`around.${when}.run`, around[when].run])
      : [];
    const probes = (rollout.watch ?? []).map(
      (probe, i): Told =>
        probe.type === 'http'
          ? [`rollout.watch[${i}].http`, probe.http]
          : [`rollout.watch[${i}].run`, probe.run],
    );
    return [...steps, ...probes].flatMap(([key, text]) => {
      if (!expression.test(text)) return [];
      const message = `An expression in "${key.split('.').at(-1)}" is never rendered.`;
      const remedy = key.startsWith('around')
        ? 'The name of the machine is in "$MACHINE", its address in "$ADDRESS".'
        : 'Ask for what holds on every machine of the group.';
      return [problemAt(draft, `groups.${name}.${key}`, message, remedy)];
    });
  });

type Told = readonly [key: string, text: string];

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
