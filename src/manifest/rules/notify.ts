import { configsOf, resourcesOf } from '../configs.js';
import { type Draft, problemAt, type Rule, writtenAt } from '../draft.js';
import { itemsOf, keysOf, textOf } from '../node.js';
import { formatPlace, nodeAt } from '../position.js';
import { nearest } from '../suggest.js';
import type { ManifestResource, Problem } from '../types.js';

/** A service as written, also one whose other attributes are broken. */
interface Service {
  readonly name: string;
  readonly path: string;
}

/** `reload X` and `restart X` name a service of the same config or of one that it includes. */
export const notifiesResolve: Rule = (draft) =>
  Object.entries(draft.manifest.configs).flatMap(([name, config]) => {
    const services = servicesOf(draft, name);
    return config.resources.flatMap((resource) => unresolved(draft, name, resource, services));
  });

function servicesOf(draft: Draft, config: string): Service[] {
  const readable = resourcesOf(draft.manifest.configs, config).flatMap((resource) =>
    resource.type === 'service' ? [{ name: resource.service, path: resource.path }] : [],
  );
  const written = configsOf(draft.manifest.configs, config).flatMap((inner) => writtenServices(draft, inner));
  return [...readable, ...written];
}

function writtenServices(draft: Draft, config: string): Service[] {
  const items = itemsOf(nodeAt(draft.tree, ['configs', config, 'resources']));
  return items.flatMap((item, index) => {
    const name = keysOf(item).includes('service')
      ? textOf(nodeAt(draft.tree, ['configs', config, 'resources', index, 'service']))
      : undefined;
    return name === undefined ? [] : [{ name, path: `configs.${config}.resources[${index}]` }];
  });
}

function unresolved(
  draft: Draft,
  config: string,
  resource: ManifestResource,
  services: readonly Service[],
): Problem[] {
  return resource.notify.flatMap((text, index) => {
    const [verb = '', service = ''] = text.split(' ');
    if (services.some((known) => known.name === service)) return [];
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

function remedy(draft: Draft, verb: string, service: string, services: readonly Service[]): string {
  const near = nearest(
    service,
    services.map((known) => known.name),
  );
  const found = services.find((known) => known.name === near);
  if (!found) return `Declare the service there: "- service: ${service}".`;
  const place = formatPlace(problemAt(draft, found.path, '').at);
  return `Did you mean "${verb} ${found.name}" (service:${found.name}, ${place})?`;
}
