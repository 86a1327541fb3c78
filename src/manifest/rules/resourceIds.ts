import { configsOf, resourcesOf } from '../configs.js';
import { type Draft, problemAt, type Rule } from '../draft.js';
import { formatPlace } from '../position.js';
import { didYouMean } from '../suggest.js';
import type { ManifestResource, Problem } from '../types.js';

/** A resource id stands once in a config and all it includes, unless the later one says that it wins. */
export const idsAreUnique: Rule = (draft) =>
  Object.keys(draft.manifest.configs).flatMap((name) => {
    const earlier = new Map<string, ManifestResource>();
    return resourcesOf(draft.manifest.configs, name).flatMap((resource) => {
      const first = earlier.get(resource.id);
      earlier.set(resource.id, resource);
      return first && !resource.override ? [duplicate(draft, resource, first)] : [];
    });
  });

function duplicate(draft: Draft, resource: ManifestResource, first: ManifestResource): Problem {
  const place = formatPlace(problemAt(draft, first.path, '').at);
  return problemAt(
    draft,
    resource.path,
    `"${resource.id}" is declared twice: here and at ${place}.`,
    'Remove one, give one an "id", or write "override: true" here if this one shall win.',
  );
}

/** `override: true` has something to win over. */
export const overridesReplaceSomething: Rule = (draft) =>
  Object.entries(draft.manifest.configs).flatMap(([name, config]) => {
    const all = resourcesOf(draft.manifest.configs, name);
    return config.resources
      .filter((resource) => resource.override && isFirst(all, resource))
      .map((resource) => replacesNothing(draft, name, all, resource));
  });

const isFirst = (all: readonly ManifestResource[], resource: ManifestResource): boolean =>
  all.find((other) => other.id === resource.id) === resource;

function replacesNothing(
  draft: Draft,
  config: string,
  all: readonly ManifestResource[],
  resource: ManifestResource,
): Problem {
  const includes = configsOf(draft.manifest.configs, config).length - 1;
  const ids = all.filter((other) => other !== resource).map((other) => other.id);
  return problemAt(
    draft,
    `${resource.path}.override`,
    `Nothing before it is called "${resource.id}": config ${config} includes ${includes === 0 ? 'nothing' : 'none such'}.`,
    didYouMean(resource.id, ids, 'Resources'),
  );
}
