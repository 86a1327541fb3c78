import { type Digest, MillwrightError, shortDigest } from '../model/index.js';

const infrastructure = { cause: 'infrastructure' } as const;

export const missing = (digest: Digest, place: string): MillwrightError =>
  new MillwrightError(
    {
      ...infrastructure,
      code: 'MW-STORE-MISSING',
      message: `${shortDigest(digest)} is not in the store at ${place}.`,
      remedy:
        'Check that every worker and this command use the same store URL, then run `millwright plan` again.',
    },
    false,
  );

/** `where` says what to delete so that the next plan writes the bytes anew. */
export const corrupt = (digest: Digest, found: Digest, where: string): MillwrightError =>
  new MillwrightError(
    {
      ...infrastructure,
      code: 'MW-STORE-CORRUPT',
      message: `The bytes stored as ${shortDigest(digest)} have the digest ${shortDigest(found)}: ${where}.`,
      remedy:
        'Look for a failing disk, delete that entry, then run `millwright plan` again to write it anew.',
    },
    false,
  );

/** `what` names the store without a password. */
export const unavailable = (what: string, cause: unknown): MillwrightError =>
  new MillwrightError(
    {
      ...infrastructure,
      code: 'MW-STORE-UNAVAILABLE',
      message: `The store at ${what} does not work: ${cause instanceof Error ? cause.message : String(cause)}.`,
      remedy: 'Check that it is up, has space, and lets this user in.',
    },
    true,
    { cause },
  );

export const notReady = (what: string): MillwrightError =>
  new MillwrightError(
    {
      ...infrastructure,
      code: 'MW-STORE-SCHEMA',
      message: `The store at ${what} has not been set up.`,
      remedy: 'Run `millwright doctor --migrate`.',
    },
    false,
  );

export const badPrefix = (prefix: string): MillwrightError =>
  new MillwrightError(
    {
      cause: 'change',
      code: 'MW-STORE-PREFIX',
      message: `${JSON.stringify(prefix)} is no beginning of a digest: it takes 4 to 64 hex digits.`,
      remedy: 'Type at least the first four digits, as `millwright plan` prints them.',
    },
    false,
  );

export const badUrl = (url: string): MillwrightError =>
  new MillwrightError(
    {
      cause: 'change',
      code: 'MW-STORE-URL',
      message: `${url} names no store that Millwright knows.`,
      remedy: 'Write dir:///absolute/path or postgres://user@host/database.',
    },
    false,
  );
