import type { Debt } from '../../../src/model/index.js';
import type {
  ResolvedCommand,
  ResolvedFile,
  ResolvedHosts,
  ResolvedLink,
  ResolvedPackage,
  ResolvedService,
  ResolvedUser,
} from '../../../src/resources/index.js';

/** Resources with every attribute a manifest would fill in by itself. */
export const file = (path: string, more: Partial<ResolvedFile> = {}): ResolvedFile => ({
  ...{ type: 'file', id: `file:${path}`, file: path, notify: [], follow: false, absent: false },
  ...more,
});

export const command = (name: string, run: string, more: Partial<ResolvedCommand> = {}): ResolvedCommand => ({
  ...{ type: 'command', id: `command:${name}`, name, run, notify: [], env: {} },
  ...{ once: false, always: false, timeoutMs: 60_000 },
  ...more,
});

export const service = (name: string, more: Partial<ResolvedService> = {}): ResolvedService => ({
  ...{ type: 'service', id: `service:${name}`, service: name, notify: [] },
  ...{ running: true, enabled: false, settleMs: 100 },
  ...more,
});

export const aptPackage = (name: string, more: Partial<ResolvedPackage> = {}): ResolvedPackage => ({
  ...{ type: 'package', id: `package:${name}`, name, notify: [], absent: false },
  ...more,
});

export const reload = (name: string): Debt => ({ action: 'reload', step: `service:${name}` });
export const restart = (name: string): Debt => ({ action: 'restart', step: `service:${name}` });

export const link = (path: string, more: Partial<ResolvedLink> = {}): ResolvedLink => ({
  ...{ type: 'link', id: `link:${path}`, link: path, notify: [], absent: false },
  ...more,
});

export const user = (name: string, more: Partial<ResolvedUser> = {}): ResolvedUser => ({
  ...{ type: 'user', id: `user:${name}`, user: name, notify: [], groups: [], system: false, absent: false },
  ...more,
});

export const hosts = (entries: ResolvedHosts['entries']): ResolvedHosts => ({
  ...{ type: 'hosts', id: 'hosts:fleet', notify: [], entries },
});
