import { MillwrightError, sha256Hex, slotPattern } from '../model/index.js';
import { quote } from './quote.js';

/** A text cut at its slot tokens, in order. */
export type Part = { readonly text: string } | { readonly slot: string };

export function partsOf(value: string): readonly Part[] {
  const parts: Part[] = [];
  let from = 0;
  for (const match of value.matchAll(slotPattern)) {
    if (match.index > from) parts.push({ text: value.slice(from, match.index) });
    parts.push({ slot: match[1] as string });
    from = match.index + match[0].length;
  }
  if (from < value.length) parts.push({ text: value.slice(from) });
  return parts;
}

/** Names of the slots in texts, sorted, each once. */
export function slotsIn(...values: readonly (string | undefined)[]): string[] {
  const names = values.flatMap((value) =>
    partsOf(value ?? '').flatMap((part) => ('slot' in part ? [part.slot] : [])),
  );
  return [...new Set(names)].sort();
}

const spelling: Readonly<Record<string, string>> = { _: '__', '.': '_d', '-': '_m' };

/** The variable in which the runner holds a slot's value. */
export const slotVariable = (name: string): string =>
  `slot_${name.replace(/[_.-]/g, (char) => spelling[char] as string)}`;

/** One shell word for a text whose slots are known when it is read. */
export function quoteWithSlots(value: string): string {
  const words = partsOf(value).map((part) =>
    'slot' in part ? `"$${slotVariable(part.slot)}"` : quote(part.text),
  );
  return words.join('') || "''";
}

/** Short digest that names a fact in the runner. */
export const shortKey = (value: string): string => sha256Hex(value).slice(0, 16);

/** An absolute path without control characters, `.`, `..` or a slash at its end; else MW-MANIFEST-PATH. */
export function assertPath(path: string, owner: string): void {
  const odd = /[\u0000-\u001f\u007f]/.test(path) || /(^|\/)\.{1,2}(\/|$)/.test(path) || path.endsWith('/');
  if (path.startsWith('/') && !odd) return;
  refuse('MW-MANIFEST-PATH', owner, `${JSON.stringify(path)} is not an absolute path to one file`);
}

/** A path below a directory, as `assertPath` takes it after that directory's; else MW-MANIFEST-PATH. */
export const assertRelative = (path: string, owner: string): void => assertPath(`/${path}`, owner);

/** A name that shell and system tools read as one plain word; else MW-MANIFEST-NAME. */
export function assertName(name: string, pattern: RegExp, owner: string): void {
  if (!pattern.test(name))
    refuse('MW-MANIFEST-NAME', owner, `${JSON.stringify(name)} is not a valid name here`);
}

/** Text that is to stand in shell or in a file of its own: no NUL; else MW-MANIFEST-NUL. */
export function assertNoNul(value: string | undefined, owner: string): void {
  if (value?.includes('\0'))
    refuse('MW-MANIFEST-NUL', owner, 'a NUL character cannot be carried to a machine');
}

/** The same for every text in a value, names of its members too; bytes hold what they hold. */
export function assertNoNulIn(value: unknown, owner: string): void {
  if (typeof value === 'string') assertNoNul(value, owner);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  for (const [key, one] of Object.entries(value)) {
    assertNoNul(key, owner);
    assertNoNulIn(one, owner);
  }
}

/** Text that is to stand on one line of a file; else MW-MANIFEST-NAME. */
export function assertOneLine(value: string, owner: string): void {
  if (value.includes('\n'))
    refuse('MW-MANIFEST-NAME', owner, `${JSON.stringify(value)} is more than one line`);
}

export function refuse(code: `MW-${string}`, step: string, message: string): never {
  throw new MillwrightError({ code, cause: 'change', message: `${step}: ${message}`, step }, false);
}
