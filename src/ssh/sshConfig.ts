import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SSHConfig, { glob } from 'ssh-config';
import { badConfig } from './failures.js';

/** What `~/.ssh/config` says of a host, as far as we can follow it. */
export interface ConfiguredHost {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  readonly identityFiles: readonly string[];
  readonly identitiesOnly: boolean;
  /** `none`: no agent. A path: that one. Undefined: the usual one. */
  readonly identityAgent?: string;
  /** `user@host:port`, in order; undefined: nothing said, empty: `none`. */
  readonly proxyJump?: readonly string[];
  readonly knownHosts?: readonly string[];
}

const maxNested = 16;

/** Text of the configuration with every `Include` in its place; undefined where there is no file. */
export function readSshConfig(file: string, home: string, nested = 0): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw badConfig(file, code ?? String(error), error);
  }
  if (nested > maxNested) throw badConfig(file, 'its Includes go in a circle');
  return text.replace(/^[ \t]*Include[ \t=]+(.+)$/gim, (_, names: string) =>
    names
      .split(/\s+/)
      .filter(Boolean)
      .flatMap((name) => matching(unquoted(name), join(home, '.ssh'), home))
      .map((one) => readSshConfig(one, home, nested + 1) ?? '')
      .join('\n'),
  );
}

const unquoted = (text: string): string => text.replace(/^"(.*)"$/, '$1');

/** Files of an Include: relative ones lie under ~/.ssh, and its last part may have wildcards. */
function matching(name: string, base: string, home: string): string[] {
  const path = name.startsWith('~/')
    ? join(home, name.slice(2))
    : name.startsWith('/')
      ? name
      : join(base, name);
  const last = path.slice(path.lastIndexOf('/') + 1);
  if (!/[*?]/.test(last)) return [path];
  try {
    return readdirSync(dirname(path))
      .filter((one) => glob(last, one))
      .sort()
      .map((one) => join(dirname(path), one));
  } catch {
    return [];
  }
}

/** `Match exec` is never run: a manifest names the host, and no name may start a program here. */
export function configuredHost(text: string, host: string, home: string, user?: string): ConfiguredHost {
  const all = SSHConfig.parse(text).compute(
    { Host: host, ...(user === undefined ? {} : { User: user }) },
    { ignoreCase: true, matchExec: false },
  );
  const one = (key: string): string | undefined => listOf(all[key])[0];
  const path = (file: string): string =>
    expanded(file, home, one('hostname') ?? host, one('user') ?? user ?? '');
  const jump = one('proxyjump');
  const agent = one('identityagent');
  return {
    hostName: one('hostname')?.replaceAll('%h', host),
    port: one('port') === undefined ? undefined : Number(one('port')),
    user: one('user'),
    identityFiles: listOf(all.identityfile)
      .filter((file) => file !== 'none')
      .map(path),
    identitiesOnly: one('identitiesonly') === 'yes',
    identityAgent: agent === undefined || agent === 'none' ? agent : path(agent),
    proxyJump:
      jump === undefined ? undefined : jump === 'none' ? [] : jump.split(',').map((hop) => hop.trim()),
    knownHosts: all.userknownhostsfile === undefined ? undefined : listOf(all.userknownhostsfile).map(path),
  };
}

const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

const expanded = (file: string, home: string, host: string, user: string): string =>
  unquoted(file)
    .replace(/^~(?=\/|$)/, home)
    .replaceAll('%d', home)
    .replaceAll('%h', host)
    .replaceAll('%r', user)
    .replaceAll('%%', '%');
