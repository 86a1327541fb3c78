import type { Location, Problem } from '../types.js';

/** Largest file of a fleet, bytes. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** Largest file or folder that is taken byte for byte, bytes: it goes to each machine that wants it. */
export const MAX_SOURCE_BYTES = 8 * 1024 * 1024;

/** Control characters but tab and newline, and those that turn the direction of text so that reviewers read another order. */
const forbidden = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/;

/** Those that Millwright's own slot tokens are made of, and NUL, which no shell can carry. */
const forbiddenInSources = /[\u0000-\u0002]/;

export type Decoded = { readonly text: string } | { readonly problem: Problem };

/** Text of a manifest file, or why it is none. */
export function decodeManifest(bytes: Uint8Array, file: string): Decoded {
  return decode(bytes, file, (text) => text.replaceAll('\r\n', '\n\n'), forbidden);
}

/** Text of a file that is rendered or must be text, or why it is none. */
export function decodeSource(bytes: Uint8Array, file: string): Decoded {
  return decode(bytes, file, (text) => text, forbiddenInSources);
}

/** Text where the bytes are plain text, so that people see what changes; else the bytes as they are. */
export function textOrBytes(bytes: Uint8Array): string | Uint8Array {
  const text = utf8(bytes, true);
  return text === undefined || forbiddenInSources.test(text) ? bytes : text;
}

/** The first character that no string of a manifest may hold: a control character or half of a surrogate pair. */
export function forbiddenCharacter(text: string): string | undefined {
  const found = forbidden.exec(text)?.[0] ?? /\p{Surrogate}/u.exec(text)?.[0];
  return found === undefined ? undefined : codePoint(found);
}

function decode(bytes: Uint8Array, file: string, seen: (text: string) => string, refused: RegExp): Decoded {
  if (bytes.length > MAX_FILE_BYTES) return fail({ file, line: 1, column: 1 }, tooLarge(bytes.length));
  const text = utf8(bytes);
  if (text === undefined) return fail(firstInvalid(bytes, file), notText);
  const found = refused.exec(seen(text));
  if (!found) return { text };
  return fail(placeOf(text, found.index, file), controlCharacter(codePoint(found[0])));
}

export const tooLarge = (size: number, most = MAX_FILE_BYTES): Pick<Problem, 'message' | 'remedy'> => ({
  message: `${size} bytes: a file of a fleet has at most ${most}.`,
  remedy: 'Split it with "include", or let machines fetch large content themselves.',
});
const notText = {
  message: 'This is not UTF-8 text.',
  remedy: 'Save the file as UTF-8; binary content stands in a `source` file of its own.',
};
const controlCharacter = (code: string): Pick<Problem, 'message' | 'remedy'> => ({
  message: `The control character ${code} may not stand in a fleet's files.`,
  remedy: 'Remove it.',
});

function fail(at: Location, why: Pick<Problem, 'message' | 'remedy'>): Decoded {
  return { problem: { at, path: '', ...why } };
}

function utf8(bytes: Uint8Array, ignoreBOM = false): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Replacement characters appear exactly where decoding failed, unless the file has one of its own before. */
function firstInvalid(bytes: Uint8Array, file: string): Location {
  const lossy = new TextDecoder('utf-8').decode(bytes);
  return placeOf(lossy, Math.max(0, lossy.indexOf('\ufffd')), file);
}

function placeOf(text: string, index: number, file: string): Location {
  const before = text.slice(0, index).split('\n');
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const codePoint = (char: string): string =>
  `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
