import { shortKey } from './text.js';

const packageSpelling: Readonly<Record<string, string>> = {
  ...{ _: '__', '-': '_m', '.': '_t', '+': '_p', ':': '_c' },
};

/** The part of a fact's variable name that tells it from others of its kind. */
export function factKey(kind: string, key: string): string {
  if (kind === 'os') return key.replaceAll('.', '_');
  if (kind === 'package') return key.replace(/[-_.+:]/g, (char) => packageSpelling[char] as string);
  return shortKey(key);
}
