import type { FileResource, Manifest, ManifestResource } from '../manifest/types.js';
import type { Debt } from '../model/index.js';
import type { ResolvedHosts, Resource } from '../resources/index.js';
import { sortedEntries } from './machines.js';
import { suggest } from './suggest.js';
import type { Texts } from './texts.js';

/** What resolving needs of the fleet beside a scope. */
export interface Surroundings {
  readonly manifest: Manifest;
  readonly sources: Readonly<Record<string, string>>;
  /** Name and address of every machine that declares one: one list shared by all machines. */
  readonly hosts: ResolvedHosts['entries'];
  /** The config's service resources, which a notify may name. */
  readonly services: readonly Extract<ManifestResource, { type: 'service' }>[];
}

/** A resource with nothing left to look up; undefined where `texts` reported a problem. */
export function resolveResource(
  resource: ManifestResource,
  texts: Texts,
  around: Surroundings,
): Resource | undefined {
  const common = {
    id: texts.known(resource.type, resource.id),
    notify: resource.notify.flatMap((text) => debtOf(text, texts, around) ?? []),
  };
  const resolved = { ...common, ...resolveKind(resource, texts, around) } as Resource;
  return texts.failed ? undefined : resolved;
}

type Kind = Resource extends infer One ? (One extends Resource ? Omit<One, 'id' | 'notify'> : never) : never;

function resolveKind(resource: ManifestResource, texts: Texts, around: Surroundings): Kind {
  const known = (attribute: string, text: string | undefined) =>
    optional(text, (one) => texts.known(attribute, one));
  switch (resource.type) {
    case 'package': {
      const { type, absent } = resource;
      return {
        type,
        name: texts.known('package', resource.name),
        version: known('version', resource.version),
        absent,
      };
    }
    case 'file':
      return resolveFile(resource, texts, around);
    case 'link': {
      const { type, absent } = resource;
      return { type, link: texts.known('link', resource.link), to: known('to', resource.to), absent };
    }
    case 'user':
      return {
        type: resource.type,
        user: texts.known('user', resource.user),
        shell: known('shell', resource.shell),
        home: known('home', resource.home),
        groups: resource.groups.map((group) => texts.known('groups', group)),
        system: resource.system,
        keys: resource.keysOf?.flatMap((person) => keysOf(person, texts, around.manifest)),
        absent: resource.absent,
      };
    case 'service': {
      const { type, running, enabled, settleMs } = resource;
      return { type, service: texts.known('service', resource.service), running, enabled, settleMs };
    }
    case 'command':
      return resolveCommand(resource, texts);
    case 'hosts':
      return { type: resource.type, entries: around.hosts };
  }
}

function resolveFile(resource: FileResource, texts: Texts, { sources }: Surroundings): Kind {
  const known = (attribute: string, text: string | undefined) =>
    optional(text, (one) => texts.known(attribute, one));
  return {
    type: resource.type,
    file: texts.known('file', resource.file),
    content: contentOf(resource, texts, sources),
    owner: known('owner', resource.owner),
    mode: known('mode', resource.mode),
    validate: optional(resource.validate, (text) => texts.shell('validate', text)),
    follow: resource.follow,
    absent: resource.absent,
  };
}

function contentOf(
  { content, source, template }: FileResource,
  texts: Texts,
  sources: Readonly<Record<string, string>>,
): string | undefined {
  const read = (attribute: string, file: string) => {
    const text = sources[file];
    if (text === undefined) texts.problem(attribute, { message: `${file} was not read.` });
    return { file, text: text ?? '' };
  };
  if (content !== undefined) return texts.late('content', content);
  if (template !== undefined) return texts.file('template', read('template', template));
  return source === undefined ? undefined : texts.verbatim('source', read('source', source));
}

function resolveCommand(resource: Extract<ManifestResource, { type: 'command' }>, texts: Texts): Kind {
  const known = (attribute: string, text: string | undefined) =>
    optional(text, (one) => texts.known(attribute, one));
  const shell = (attribute: string, text: string | undefined) =>
    optional(text, (one) => texts.shell(attribute, one));
  const { type, once, always, timeoutMs } = resource;
  return {
    type,
    name: texts.known('command', resource.name),
    run: texts.shell('run', resource.run),
    as: known('as', resource.as),
    env: resolveEnv(resource.env, texts),
    stdin: optional(resource.stdin, (text) => texts.late('stdin', text)),
    dir: known('dir', resource.dir),
    unless: shell('unless', resource.unless),
    onlyIf: shell('onlyIf', resource.onlyIf),
    creates: known('creates', resource.creates),
    once,
    always,
    timeoutMs,
  };
}

export const resolveEnv = (env: Readonly<Record<string, string>>, texts: Texts): Record<string, string> =>
  Object.fromEntries(sortedEntries(env).map(([name, text]) => [name, texts.late(`env.${name}`, text)]));

function keysOf(person: string, texts: Texts, manifest: Manifest): readonly string[] {
  const known = manifest.people[person];
  if (!known) {
    const remedy = suggest(person, Object.keys(manifest.people));
    texts.problem('keysOf', { message: `${person} is not one of people.`, remedy });
  }
  return known?.keys ?? [];
}

/** `reload nginx` is a debt of the service resource of that name. */
function debtOf(text: string, texts: Texts, { services }: Surroundings): Debt | undefined {
  const [, action, name] = /^(reload|restart)\s+(\S+)$/.exec(texts.known('notify', text)) ?? [];
  const rendered = services.map((one) => ({
    name: texts.known('service', one.service),
    id: texts.known('service', one.id),
  }));
  const service = rendered.find((one) => one.name === name || one.id === name);
  if (service && (action === 'reload' || action === 'restart')) return { action, step: service.id };
  texts.problem('notify', {
    message: `"${text}" names no service resource of this config or of one that it includes.`,
    remedy: suggest(
      text,
      rendered.flatMap((one) => [`reload ${one.name}`, `restart ${one.name}`]),
    ),
  });
  return undefined;
}

const optional = <T>(text: string | undefined, render: (text: string) => T): T | undefined =>
  text === undefined ? undefined : render(text);
