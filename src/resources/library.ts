import { readFileSync } from 'node:fs';
import type { Resource } from './resource.js';

const parts: Readonly<Partial<Record<Resource['type'], readonly string[]>>> = {
  user: ['accounts', 'user', 'user-login', 'user-undo'],
  userGroup: ['accounts', 'userGroup'],
  service: ['service', 'service-undo'],
};

/** The shell functions of a type: `<type>_check`, `_apply`, `_save`, `_undo` and what they need. */
export const typeLibrary = (type: Resource['type']): string =>
  (parts[type] ?? [type])
    .map((part) => readFileSync(new URL(`./${part}.sh`, import.meta.url), 'utf8'))
    .join('\n');
