import { formatPath, type Path } from '../path.js';
import { type DeclaredTypeName, declaredType, declaredTypes } from '../schema/declared.js';
import {
  commonAttributes,
  type WrittenCommon,
  type WrittenDeclared,
  type WrittenResource,
} from '../schema/resources.js';
import type {
  CommandResource,
  DeclaredResource,
  FileResource,
  LinkResource,
  ManifestResource,
  PackageResource,
  ServiceResource,
  UserResource,
} from '../types.js';

type Written<K extends string> = Extract<WrittenResource, Record<K, unknown>>;

const SETTLE_MS = 2_000;
const COMMAND_TIMEOUT_MS = 600_000;

/** A written resource as one or, for a list of packages, several. */
export function normaliseResource(
  written: WrittenResource | WrittenDeclared,
  path: Path,
): ManifestResource[] {
  const type = Object.keys(declaredTypes).find((name) => name in written);
  if (type !== undefined)
    return [declaredResource(written as WrittenDeclared, path, type as DeclaredTypeName)];
  return resourceOf(written as WrittenResource, path);
}

function declaredResource(written: WrittenDeclared, path: Path, type: DeclaredTypeName): DeclaredResource {
  const { key, kinds = {}, risky = false } = declaredType(type);
  const attributes = Object.fromEntries(
    Object.entries(written).filter(
      ([name, value]) => !commonAttributes.includes(name) && value !== undefined,
    ),
  );
  const natural = key === undefined ? String(attributes[type]) : key(attributes);
  return { type, attributes, kinds, ...common({ risky, ...written }, path, `${type}:${natural}`) };
}

function resourceOf(written: WrittenResource, path: Path): ManifestResource[] {
  if ('package' in written) return packages(written, path);
  if ('file' in written) return [file(written, path)];
  if ('link' in written) return [link(written, path)];
  if ('user' in written) return [user(written, path)];
  if ('service' in written) return [service(written, path)];
  if ('command' in written) return [command(written, path)];
  return [{ type: 'hosts', scope: written.hosts, ...common(written, path, `hosts:${written.hosts}`) }];
}

export const listOf = <T>(value: T | T[] | undefined): T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const RETRY_DELAY_MS = 5_000;

/** `each` holds one item here, which is this resource's. */
function common(written: WrittenCommon, path: Path, natural: string) {
  const { when, timeout, retries, each } = written;
  const [key, item] = Object.entries(each ?? {})[0] ?? [];
  const id = written.id ?? natural;
  const again = typeof retries === 'number' ? { count: retries } : retries;
  return {
    id: key === undefined ? id : `${id}:${key}`,
    ...(item === undefined ? {} : { item }),
    ...defined({ when, timeoutMs: timeout }),
    ...(again && { retries: { count: again.count, delayMs: again.delay ?? RETRY_DELAY_MS } }),
    ...(written.sensitive ? { sensitive: true } : {}),
    path: formatPath(path),
    notify: listOf(written.notify),
    override: written.override ?? false,
    risky: written.risky ?? false,
  };
}

function packages(written: Written<'package'>, path: Path): PackageResource[] {
  return listOf(written.package).map((name) => ({
    type: 'package',
    name,
    ...defined({ version: written.version, hold: written.hold, refreshMs: written.refresh }),
    absent: written.absent ?? false,
    ...common(written, path, `package:${name}`),
  }));
}

function file(written: Written<'file'>, path: Path): FileResource {
  const { content, source, template, owner, mode, validate } = written;
  return {
    type: 'file',
    file: written.file,
    ...defined({ content, source, template, owner, mode, validate }),
    follow: written.follow ?? false,
    absent: written.absent ?? false,
    ...common(written, path, `file:${written.file}`),
  };
}

function link(written: Written<'link'>, path: Path): LinkResource {
  return {
    type: 'link',
    link: written.link,
    ...defined({ to: written.to }),
    absent: written.absent ?? false,
    ...common(written, path, `link:${written.link}`),
  };
}

function user(written: Written<'user'>, path: Path): UserResource {
  const { shell, home, uid, comment, passwordHash, keys, keysOf } = written;
  return {
    type: 'user',
    user: written.user,
    ...defined({ shell, home, uid, comment, passwordHash, keys, keysOf }),
    groups: written.groups ?? [],
    system: written.system ?? false,
    absent: written.absent ?? false,
    ...common(written, path, `user:${written.user}`),
  };
}

function service(written: Written<'service'>, path: Path): ServiceResource {
  return {
    type: 'service',
    service: written.service,
    running: written.running ?? true,
    enabled: written.enabled ?? true,
    settleMs: written.settle ?? SETTLE_MS,
    ...common(written, path, `service:${written.service}`),
  };
}

function command(written: Written<'command'>, path: Path): CommandResource {
  const { as, stdin, dir, unless, onlyIf, creates } = written;
  return {
    type: 'command',
    name: written.command,
    run: written.run,
    env: written.env ?? {},
    ...defined({ as, stdin, dir, unless, onlyIf, creates }),
    once: written.once ?? false,
    always: written.always ?? false,
    ...common(written, path, `command:${written.command}`),
    timeoutMs: written.timeout ?? COMMAND_TIMEOUT_MS,
  };
}

/** Without the keys whose value is undefined: equal manifests have equal keys. */
export function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined)) as T;
}
