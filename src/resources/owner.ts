import { assertName } from './text.js';

/** `user` or `user:group`, by name or number. */
export const owners = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/;

/** As `stat` prints it: no leading zeros. Throws MW-MANIFEST-NAME. */
export function octalMode(mode: string | undefined, owner: string): string | undefined {
  if (mode === undefined) return undefined;
  assertName(mode, /^[0-7]{1,4}$/, owner);
  return Number.parseInt(mode, 8).toString(8);
}
