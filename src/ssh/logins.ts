import type { MachineConnection } from '../model/index.js';
import { jumpUnknown } from './failures.js';
import { readIdentities, usualIdentities } from './identities.js';
import { knownHostKeys, readKnownHosts } from './knownHosts.js';
import type { LoginMore, Logins, LoginWay, SshTarget } from './port.js';
import { type ConfiguredHost, configuredHost, readSshConfig } from './sshConfig.js';

/** How the site's user gets to machines: what its worker's settings allow. */
export interface LoginOptions {
  readonly home: string;
  readonly user: string;
  /** Key files to use instead of those of `~/.ssh`. */
  readonly identityFiles?: readonly string[];
  /** Socket of the agent; undefined: none, or none allowed. */
  readonly agent?: string;
  /** `~/.ssh/config`; undefined: not read. */
  readonly sshConfig?: string;
  /** Host keys of jump hosts are looked up here. */
  readonly knownHosts: readonly string[];
}

/** Most jump hosts that lead to one machine, those of `~/.ssh/config` included. */
const maxJumps = 8;

/** Files are read again after this, ms: a run asks for its way many times, and each file changes seldom. */
const REMEMBERED_MS = 5_000;

export function createLogins(options: LoginOptions): Logins {
  const known = new Map<string, { readonly target: SshTarget; readonly until: number }>();
  return {
    async target(connection, more) {
      const key = JSON.stringify([connection, more]);
      const found = known.get(key);
      if (found && found.until > Date.now()) return found.target;
      if (known.size > 1_000) known.clear();
      const target = targetOf(options, connection, more);
      known.set(key, { target, until: Date.now() + REMEMBERED_MS });
      return target;
    },
  };
}

function targetOf(options: LoginOptions, connection: MachineConnection, more: LoginMore): SshTarget {
  const { host, port, user, hostKey, become, via } = connection;
  const known = configured(options, host, user);
  const jumps = via ?? known.proxyJump ?? [];
  return {
    host: known.hostName ?? host,
    port: port ?? known.port ?? 22,
    user: user ?? known.user ?? options.user,
    hostKey,
    poolKey: more.poolKey,
    ...waysIn(options, known, more),
    ...(become === 'none' ? {} : { become: { how: become, password: more.password } }),
    ...(jumps.length === 0 ? {} : { via: chain(options, jumps) }),
  };
}

const nothing: ConfiguredHost = { identityFiles: [], identitiesOnly: false };

function configured({ sshConfig, home }: LoginOptions, host: string, user?: string): ConfiguredHost {
  const text = sshConfig === undefined ? undefined : readSshConfig(sshConfig, home);
  return text === undefined ? nothing : configuredHost(text, host, home, user);
}

/** Keys that were named, the agent, the usual keys, the site's own, then the password: machines count failed tries. */
function waysIn(
  options: LoginOptions,
  known: ConfiguredHost,
  { siteKey, password }: Partial<LoginMore>,
): Pick<SshTarget, 'ways' | 'notes'> {
  const files = options.identityFiles ?? (known.identityFiles.length > 0 ? known.identityFiles : undefined);
  const keys = readIdentities(files ?? usualIdentities(options.home), files !== undefined);
  const agent = agentOf(options, known);
  const agents: LoginWay[] = agent === undefined ? [] : [{ kind: 'agent', socket: agent }];
  const site: LoginWay[] =
    siteKey === undefined ? [] : [{ kind: 'key', name: "the site's login key", privateKey: siteKey }];
  const words: LoginWay[] = password === undefined ? [] : [{ kind: 'password', password }];
  const first = files === undefined ? [...agents, ...keys.ways] : [...keys.ways, ...agents];
  return { ways: [...first, ...site, ...words], ...(keys.notes.length > 0 ? { notes: keys.notes } : {}) };
}

/** `IdentitiesOnly` with named files keeps all else that an agent holds away from the machine. */
function agentOf({ agent }: LoginOptions, known: ConfiguredHost): string | undefined {
  if (agent === undefined || known.identityAgent === 'none') return undefined;
  if (known.identitiesOnly && known.identityFiles.length > 0) return undefined;
  return known.identityAgent ?? agent;
}

/** Jump hosts in the order in which they are gone through, those that lead to the first one before it. */
function chain(options: LoginOptions, hops: readonly string[], depth = 0): SshTarget[] {
  return hops
    .flatMap((hop, i) => {
      const target = jumpTarget(options, hop);
      const before = configured(options, hostOf(hop).host).proxyJump ?? [];
      return i === 0 && depth < maxJumps ? [...chain(options, before, depth + 1), target] : [target];
    })
    .slice(-maxJumps)
    .map((target, i, all) => ({
      ...target,
      poolKey: `jump ${all
        .slice(0, i + 1)
        .map(({ user, host, port }) => `${user}@${host}:${port}`)
        .join(' ')}`,
    }));
}

function jumpTarget(options: LoginOptions, hop: string): SshTarget {
  const { user, host, port } = hostOf(hop);
  const known = configured(options, host, user);
  const place = { host: known.hostName ?? host, port: port ?? known.port ?? 22 };
  const { keys, files } = hostKeysKnown(options, host, place.port);
  const [hostKey] = keys;
  if (hostKey === undefined) throw jumpUnknown(hop, files);
  const login = { user: user ?? known.user ?? options.user, ...waysIn(options, known, {}) };
  return { ...place, ...login, hostKey, poolKey: '' };
}

/** Host keys that known_hosts has for a host, the best type first, under its name as written and as configured. */
export function hostKeysKnown(
  options: LoginOptions,
  host: string,
  port?: number,
): {
  readonly keys: readonly string[];
  readonly files: readonly string[];
  readonly hostName: string;
  readonly port: number;
} {
  const known = configured(options, host);
  const files = known.knownHosts ?? options.knownHosts;
  const text = readKnownHosts(files);
  const at = port ?? known.port ?? 22;
  const hostName = known.hostName ?? host;
  const names = [...new Set([hostName, host])];
  return { keys: names.flatMap((name) => knownHostKeys(text, name, at)), files, hostName, port: at };
}

/** `[user@]host[:port]`; an IPv6 address with a port stands in brackets. */
function hostOf(hop: string): { user?: string; host: string; port?: number } {
  const [, user, bracketed, plain, port] =
    /^(?:(.+)@)?(?:\[(.+)\]|([^:]+|.*:.*:.*?))(?::(\d+))?$/.exec(hop) ?? [];
  return { user, host: bracketed ?? plain ?? hop, port: port === undefined ? undefined : Number(port) };
}
