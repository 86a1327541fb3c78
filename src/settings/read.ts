import { closest, distance } from 'fastest-levenshtein';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { MillwrightError } from '../model/index.js';
import { knownKeys, settingsSchema, type WrittenSettings } from './schema.js';

/** Where, which key, and what to do about it: one mistake in the file. */
interface Problem {
  readonly at: string;
  readonly path: string;
  readonly message: string;
}

/** Parses the text of a settings file; every mistake in it is reported at once as MW-SETTINGS-INVALID. */
export function readSettings(text: string, file: string): WrittenSettings {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      at: at(error.pos[0]),
      path: '',
      message: error.message.split('\n')[0] ?? error.code,
    }));
    throw invalid(file, problems);
  }
  const written = plain(document, file) ?? {};
  const parsed = settingsSchema.safeParse(written);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.flatMap((issue) =>
    describe(issue, written).map(({ path, message }) => ({
      at: at(offsetOf(document, path)),
      path: path.join('.'),
      message,
    })),
  );
  throw invalid(file, problems);
}

function plain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 });
  } catch (cause) {
    throw invalid(file, [{ at: `${file}:1:1`, path: '', message: (cause as Error).message }]);
  }
}

type Path = readonly (string | number)[];

function describe(issue: z.core.$ZodIssue, written: unknown): { path: Path; message: string }[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }));
  if (issue.code === 'invalid_key')
    return [{ path, message: issue.issues[0]?.message ?? 'this name is not allowed here' }];
  return [{ path, message: `read ${show(valueAt(written, path))}: ${issue.message}` }];
}

function unknownKey(path: Path, key: string): string {
  const pattern = path.map((part, i) => (i === 1 && path[0] === 'sites' ? '*' : part)).join('.');
  const known = knownKeys[pattern] ?? [];
  const near = known.length > 0 ? closest(key, [...known]) : '';
  const guess = near !== '' && distance(key, near) <= 2 ? ` Did you mean ${near}?` : '';
  return `${key} is not a setting.${guess} Known here: ${known.join(', ')}.`;
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Offset of the node at a path, or of its nearest parent that is there. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function invalid(file: string, problems: readonly Problem[]): MillwrightError {
  const count = problems.length === 1 ? '1 mistake' : `${problems.length} mistakes`;
  return new MillwrightError(
    {
      code: 'MW-SETTINGS-INVALID',
      cause: 'infrastructure',
      message: `The settings in ${file} have ${count}.`,
      detail: problems.map(({ at, path, message }) => [at, path, message].filter(Boolean).join('  ')),
      remedy: `Correct ${file}, or name another file in MILLWRIGHT_SETTINGS.`,
    },
    false,
  );
}
