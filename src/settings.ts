import { readFileSync } from 'node:fs';
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { MillwrightError } from './model/index.js';
import { readSettings } from './settings/read.js';
import type { WrittenSettings, WrittenSite } from './settings/schema.js';

/** What the worker of one site may do; credentials never leave it. */
export interface SiteSettings {
  /** Slots per worker of the site's queues: at most this many activities of a kind at once. */
  readonly limits: { readonly vm: number; readonly push: number; readonly look: number };
  /** Secret references this site may resolve: names of environment variables, absolute paths of files and programs. */
  readonly secrets: {
    readonly env: readonly string[];
    readonly files: readonly string[];
    readonly programs: readonly string[];
  };
  readonly accelerator: 'auto' | 'kvm' | 'tcg';
  /** What makes its machines; static: nobody does, they exist. Undefined: nothing was said, which means qemu. */
  readonly provider?: 'qemu' | 'static';
  /** How machines that exist already are logged in to. */
  readonly connect: SiteConnect;
}

/** What the site's user has for logins, as far as this site may use it. Paths are absolute. */
export interface SiteConnect {
  readonly home: string;
  /** Undefined: those of ~/.ssh. */
  readonly identityFiles?: readonly string[];
  /** Socket of the agent; undefined: there is none, or it may not be used. */
  readonly agent?: string;
  /** Undefined: not read. */
  readonly sshConfig?: string;
  readonly knownHosts: readonly string[];
}

export interface Settings {
  /** The file read, or where it would be: errors name it. */
  readonly file: string;
  /** Absolute directory of everything we keep. */
  readonly state: string;
  /** `dir://<absolute path>` or a PostgreSQL URL. */
  readonly store: string;
  /** `sqlite://<absolute path>` or a PostgreSQL URL. */
  readonly record: string;
  readonly sites: Readonly<Record<string, SiteSettings>>;
  /** Absolute path of the control side's policy file; undefined: there is none. */
  readonly policy?: string;
  /** Undefined ports are chosen by `dev`. */
  readonly dev: { readonly ports: { readonly grpc?: number; readonly ui?: number } };
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsOverrides {
  /** Instead of the process's environment. */
  readonly env?: Environment;
  readonly file?: string;
  readonly state?: string;
  readonly store?: string;
  readonly record?: string;
}

/** The process's environment: nothing but this file reads it. */
export const environment = (): Environment => process.env;

/** Reads the settings file, if there is one, under the overrides of flags and environment. */
export function loadSettings(overrides: SettingsOverrides = {}): Settings {
  const env = overrides.env ?? environment();
  const file = settingsFile(overrides, env);
  const text = readOptional(file, overrides.file !== undefined || env.MILLWRIGHT_SETTINGS !== undefined);
  const written: WrittenSettings = text === undefined ? {} : readSettings(text, file);
  const expand = (path: string) => expandHome(path, env);
  const state = resolve(
    expand(overrides.state ?? env.MILLWRIGHT_STATE ?? written.state ?? '~/.local/state/millwright'),
  );
  return {
    file,
    state,
    store: expandUrl(
      overrides.store ?? env.MILLWRIGHT_STORE ?? written.store ?? `dir://${join(state, 'store')}`,
      expand,
    ),
    record: expandUrl(
      overrides.record ?? env.MILLWRIGHT_RECORD ?? written.record ?? `sqlite://${join(state, 'record.db')}`,
      expand,
    ),
    sites: Object.fromEntries(
      Object.entries(written.sites ?? {}).map(([name, site]) => [name, resolveSite(site, env)]),
    ),
    ...(written.policy !== undefined && { policy: resolve(expand(written.policy)) }),
    dev: { ports: written.dev?.ports ?? {} },
  };
}

/** Settings of a site; one that the file doesn't name gets the defaults, which allow no secret. */
export const siteSettings = (settings: Settings, site: string): SiteSettings =>
  settings.sites[site] ?? resolveSite({}, environment());

/** How to reach Temporal: its own configuration file and TEMPORAL_* variables, `profile` or the default one. */
export async function temporalConfig(
  options: { profile?: string; env?: Environment } = {},
): Promise<ClientConnectConfig> {
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  const env = options.env ?? environment();
  const set = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return loadClientConnectConfig({ profile: options.profile, overrideEnvVars: Object.fromEntries(set) });
}

function settingsFile(overrides: SettingsOverrides, env: Environment): string {
  const config = env.XDG_CONFIG_HOME || '~/.config';
  const named = overrides.file ?? env.MILLWRIGHT_SETTINGS ?? `${config}/millwright/settings.yaml`;
  return resolve(expandHome(named, env));
}

function readOptional(file: string, named: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !named) return undefined;
    throw new MillwrightError(
      {
        code: 'MW-SETTINGS-UNREADABLE',
        cause: 'infrastructure',
        message: `The settings file ${file} can't be read: ${code ?? String(cause)}.`,
        remedy: 'Make the file readable, or unset MILLWRIGHT_SETTINGS to use the defaults.',
      },
      false,
      { cause },
    );
  }
}

function resolveSite(site: WrittenSite, env: Environment): SiteSettings {
  const expand = (path: string) => expandHome(path, env);
  return {
    limits: {
      vm: site.limits?.vm ?? availableParallelism(),
      push: site.limits?.push ?? 10,
      look: site.limits?.look ?? 20,
    },
    secrets: {
      env: site.secrets?.env ?? [],
      files: (site.secrets?.files ?? []).map(expand),
      programs: (site.secrets?.programs ?? []).map(expand),
    },
    accelerator: site.accelerator ?? 'auto',
    provider: site.provider,
    connect: resolveConnect(site.connect ?? {}, env),
  };
}

function resolveConnect(connect: NonNullable<WrittenSite['connect']>, env: Environment): SiteConnect {
  const { identityFiles, agent = true, sshConfig = '~/.ssh/config', knownHosts } = connect;
  const expand = (path: string) => expandHome(path, env);
  return {
    home: env.HOME || homedir(),
    identityFiles: identityFiles?.map(expand),
    agent: agent ? env.SSH_AUTH_SOCK || undefined : undefined,
    sshConfig: sshConfig === false ? undefined : expand(sshConfig),
    knownHosts: (knownHosts ?? ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts']).map(expand),
  };
}

const expandHome = (path: string, env: Environment): string =>
  path.startsWith('~/') ? join(env.HOME || homedir(), path.slice(2)) : path;

const expandUrl = (url: string, expand: (path: string) => string): string =>
  url.replace(/^(dir|sqlite):\/\/(.*)$/, (_, scheme: string, path: string) => `${scheme}://${expand(path)}`);
