import { readFileSync } from 'node:fs';
import type { Resource } from './resource.js';

const parts: Readonly<Partial<Record<Resource['type'], readonly string[]>>> = {
  user: ['accounts', 'user', 'user-login', 'user-undo'],
  userGroup: ['accounts', 'userGroup'],
  service: ['service', 'service-init', 'service-undo'],
  directory: ['directory', 'directory-act'],
  line: ['file', 'text', 'line'],
  block: ['file', 'text', 'block'],
  ini: ['file', 'text', 'ini'],
  download: ['file', 'fetch', 'download'],
  archive: ['fetch', 'archive'],
  unit: ['ourFile', 'systemd', 'unit'],
  timer: ['ourFile', 'systemd', 'timer'],
  cron: ['ourFile', 'cron'],
  firewall: ['ourFile', 'systemd', 'firewall'],
  package: ['packageManager', 'package', 'package-undo'],
  repository: ['packageManager', 'repository'],
  upgrade: ['packageManager', 'upgrade'],
  filesystem: ['blockDevice', 'filesystem'],
  mount: ['fstab', 'mount'],
  swap: ['blockDevice', 'fstab', 'swap'],
};

/** The shell functions of a type: `<type>_check`, `_apply`, `_save`, `_undo` and what they need. */
export const typeLibrary = (type: Resource['type']): string => libraryOf([type]);

/** Those of several types, each once. */
export const libraryOf = (types: readonly Resource['type'][]): string =>
  [...new Set(types.flatMap((type) => parts[type] ?? [type]))]
    .map((part) => readFileSync(new URL(`./${part}.sh`, import.meta.url), 'utf8'))
    .join('\n');
