import { configsOf, resourcesOf } from '../configs.js';
import { type Draft, problemAt, type Rule, writtenAt } from '../draft.js';
import { formatPlace } from '../position.js';
import { nearest } from '../suggest.js';
import type { ManifestResource, Problem, ServiceResource } from '../types.js';

/** `reload X` and `restart X` name a service of the same config or of one that it includes. */
export const notifiesResolve: Rule = (draft) =>
  Object.entries(draft.manifest.configs).flatMap(([name, config]) => {
    const services = servicesOf(draft, name);
    return config.resources.flatMap((resource) => unresolved(draft, name, resource, services));
  });

function servicesOf(draft: Draft, config: string): ServiceResource[] {
  return resourcesOf(draft.manifest.configs, config).filter((resource) => resource.type === 'service');
}

function unresolved(
  draft: Draft,
  config: string,
  resource: ManifestResource,
  services: readonly ServiceResource[],
): Problem[] {
  return resource.notify.flatMap((text, index) => {
    const [verb = '', service = ''] = text.split(' ');
    // What is rendered is looked for when the plan is made.
    if (text.includes('${{') || services.some((known) => known.service === service)) return [];
    const list = `${resource.path}.notify[${index}]`;
    const path = writtenAt(draft, list) ? list : `${resource.path}.notify`;
    const message = `"${text}" names no resource of ${scope(draft, config)}.`;
    return [problemAt(draft, path, message, remedy(draft, verb, service, services))];
  });
}

function scope(draft: Draft, config: string): string {
  const included = configsOf(draft.manifest.configs, config).slice(0, -1);
  return included.length === 0
    ? `config ${config}`
    : `config ${config} or of ${included.join(' or ')}, which it includes`;
}

function remedy(draft: Draft, verb: string, service: string, services: readonly ServiceResource[]): string {
  const near = nearest(
    service,
    services.map((known) => known.service),
  );
  const found = services.find((known) => known.service === near);
  if (!found) return `Declare the service there: "- service: ${service}".`;
  const place = formatPlace(problemAt(draft, found.path, '').at);
  return `Did you mean "${verb} ${found.service}" (service:${found.service}, ${place})?`;
}
