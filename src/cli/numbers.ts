import { usageError } from './errors.js';

/** A whole number above zero, or a mistake that names the flag. */
export function positive(text: string, flag: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`${flag} ${text} is no number above zero.`, `Write, for example, ${flag} 10.`);
}
