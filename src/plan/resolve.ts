import type {
  CommandResource,
  DeclaredResource,
  FileResource,
  LoadedFleet,
  Manifest,
  ManifestResource,
  ServiceResource,
  UserResource,
} from '../manifest/types.js';
import type { Debt } from '../model/index.js';
import type { ResolvedCommon, ResolvedHosts, Resource } from '../resources/index.js';
import { resolveDeclared } from './declared.js';
import { sortedEntries } from './machines.js';
import { suggest } from './suggest.js';
import type { Texts } from './texts.js';

/** What resolving needs of the fleet beside a scope. */
export interface Surroundings {
  readonly people: Manifest['people'];
  readonly sources: LoadedFleet['sources'];
  readonly blobs: LoadedFleet['blobs'];
  readonly trees: LoadedFleet['trees'];
  /** Name and address of every machine that declares one: one list shared by all machines. */
  readonly hosts: ResolvedHosts['entries'];
  /** The config's service resources, which a notify may name. */
  readonly services: readonly ServiceResource[];
}

/**
 * A resource with nothing left to look up; undefined where `texts` reported a problem. Shell text passes unrendered:
 * values enter it through `env` and `stdin` alone.
 */
export function resolveResource(
  resource: ManifestResource,
  texts: Texts,
  around: Surroundings,
): Resource | undefined {
  const id = texts.known(resource.type, resource.id);
  const notify = resource.notify.flatMap((text) => debtOf(text, texts, around) ?? []);
  const kind =
    'attributes' in resource
      ? (resolveDeclared(resource, texts, around) as Kind)
      : resolveKind(resource, texts, around);
  const resolved = { id, notify, ...commonOf(resource, texts), ...kind } as Resource;
  return texts.failed ? undefined : resolved;
}

/** Attributes of every type, where they are written: what isn't there leaves no trace in a step's hash. */
function commonOf(resource: ManifestResource, texts: Texts): Omit<ResolvedCommon, 'id' | 'notify'> {
  const { risky, timeoutMs, retries, sensitive } = resource;
  const when = texts.known('when', resource.when);
  return {
    ...(risky ? { risky } : {}),
    ...(when === undefined ? {} : { when }),
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(retries === undefined ? {} : { retries }),
    ...(sensitive ? { sensitive } : {}),
  };
}

type Optional = Exclude<keyof ResolvedCommon, 'id' | 'notify' | 'timeoutMs'>;
type Kind = Resource extends infer One
  ? One extends Resource
    ? Omit<One, 'id' | 'notify' | Optional>
    : never
  : never;

function resolveKind(
  resource: Exclude<ManifestResource, DeclaredResource>,
  texts: Texts,
  around: Surroundings,
): Kind {
  switch (resource.type) {
    case 'package': {
      const { type, name, version, hold, refreshMs, absent } = resource;
      return {
        ...{ type, hold, refreshMs, absent },
        name: texts.known('package', name),
        version: texts.known('version', version),
      };
    }
    case 'file':
      return resolveFile(resource, texts, around);
    case 'link': {
      const { type, link, to, absent } = resource;
      return { type, link: texts.known('link', link), to: texts.known('to', to), absent };
    }
    case 'user':
      return resolveUser(resource, texts, around.people);
    case 'service': {
      const { type, service, running, enabled, settleMs } = resource;
      return { type, service: texts.known('service', service), running, enabled, settleMs };
    }
    case 'command':
      return resolveCommand(resource, texts);
    case 'hosts':
      return { type: resource.type, entries: around.hosts };
  }
}

function resolveUser(resource: UserResource, texts: Texts, people: Surroundings['people']): Kind {
  const { type, uid, system, keys, keysOf, absent } = resource;
  const managed = keys !== undefined || keysOf !== undefined;
  const own = keys?.map((key) => texts.known('keys', key)) ?? [];
  const theirs = keysOf?.flatMap((person) => people[person]?.keys ?? []) ?? [];
  return {
    ...{ type, uid, system, absent },
    user: texts.known('user', resource.user),
    shell: texts.known('shell', resource.shell),
    home: texts.known('home', resource.home),
    comment: texts.known('comment', resource.comment),
    passwordHash: texts.late('passwordHash', resource.passwordHash),
    groups: resource.groups.map((group) => texts.known('groups', group)),
    keys: managed ? [...theirs, ...own] : undefined,
  };
}

function resolveFile(resource: FileResource, texts: Texts, around: Surroundings): Kind {
  const { type, file, owner, mode, validate, follow, absent } = resource;
  return {
    ...{ type, validate, follow, absent },
    file: texts.known('file', file),
    content: contentOf(resource, texts, around),
    owner: texts.known('owner', owner),
    mode: texts.known('mode', mode),
  };
}

function contentOf(
  { content, source, template }: FileResource,
  texts: Texts,
  { sources, blobs }: Surroundings,
): string | Uint8Array | undefined {
  if (template !== undefined) return texts.file('template', template, sources[template] ?? '');
  return source === undefined ? texts.late('content', content) : blobs[source];
}

function resolveCommand(resource: CommandResource, texts: Texts): Kind {
  const { type, run, unless, onlyIf, once, always, timeoutMs } = resource;
  return {
    ...{ type, run, unless, onlyIf, once, always, timeoutMs },
    name: texts.known('command', resource.name),
    as: texts.known('as', resource.as),
    env: resolveEnv(resource.env, texts),
    stdin: texts.late('stdin', resource.stdin),
    dir: texts.known('dir', resource.dir),
    creates: texts.known('creates', resource.creates),
  };
}

export const resolveEnv = (env: Readonly<Record<string, string>>, texts: Texts): Record<string, string> =>
  Object.fromEntries(sortedEntries(env).map(([name, text]) => [name, texts.late(`env.${name}`, text)]));

/** `reload nginx` is a debt of the service resource of that name. */
function debtOf(text: string, texts: Texts, { services }: Surroundings): Debt | undefined {
  const [, action, name] = /^(reload|restart)\s+(\S+)$/.exec(texts.known('notify', text)) ?? [];
  const rendered = services.map(({ service, id, item }) => ({
    name: texts.about(item).known('service', service),
    id: texts.about(item).known('service', id),
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
