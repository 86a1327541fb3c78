import { readFileSync } from 'node:fs';
import type { Resource } from './types.js';

/** The shell functions of a type: `<type>_check`, `<type>_apply` and what they need. */
export const typeLibrary = (type: Resource['type']): string =>
  readFileSync(new URL(`./${type}.sh`, import.meta.url), 'utf8');
