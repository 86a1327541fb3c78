import { shortKey } from './text.js';

const dpkgSpelling: Readonly<Record<string, string>> = { '-': '_m', '.': '_t', '+': '_p', ':': '_c' };

/** The part of a fact's variable name that tells it from others of its kind. */
export function factKey(kind: string, key: string): string {
  if (kind === 'os') return key.replaceAll('.', '_');
  if (kind === 'dpkg') return key.replace(/[-.+:]/g, (char) => dpkgSpelling[char] as string);
  return shortKey(key);
}
