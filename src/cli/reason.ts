import { usageError } from './errors.js';

/** As many as control takes with a vote. */
const LONGEST_BYTES = 1024;

/** What somebody gave as a reason; undefined where nothing was said. Throws MW-USAGE where it is longer than control takes. */
export function reasonOf(given: string | undefined, flag = '--reason'): string | undefined {
  const text = given?.trim();
  const bytes = Buffer.byteLength(text ?? '');
  if (bytes <= LONGEST_BYTES) return text || undefined;
  throw usageError(
    `${flag} has ${bytes} bytes; ${LONGEST_BYTES} are the limit.`,
    'Say it in a sentence, and name the place where the rest can be read.',
  );
}
