import { closest, distance } from 'fastest-levenshtein';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { MillwrightError } from '../model/index.js';
import { type Mistake, nameMistakes } from './names.js';
import { knownKeys, policySchema, type WrittenPolicy } from './schema.js';
import type { Policy } from './types.js';

/** Parses the text of a policy file; every mistake in it is reported at once as MW-POLICY-INVALID. */
export function parsePolicy(text: string, file: string): Policy {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  const at = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const broken = document.errors.map(({ pos, message, code }) =>
    [at(pos[0]), message.split('\n')[0] ?? code].join('  '),
  );
  if (broken.length > 0) throw invalid(file, broken);
  const written = plain(document, file);
  const parsed = policySchema.safeParse(written);
  const mistakes = [...(parsed.error?.issues ?? []).flatMap((issue) => described(issue, written))];
  const all = [...mistakes, ...nameMistakes(written)];
  if (parsed.success && all.length === 0) return policyOf(parsed.data);
  const shown = all.map(({ path, message }) =>
    [at(offsetOf(document, path)), path.join('.'), message].filter(Boolean).join('  '),
  );
  throw invalid(file, shown);
}

/** What a plain message may do is forbidden to pipelines, too, unless they are named. */
function policyOf({ unsigned, external = unsigned, gates, ...rest }: WrittenPolicy): Policy {
  return {
    ...rest,
    gates: gates.map(({ timeout, after: _, ...gate }) => ({
      ...gate,
      ...(timeout !== undefined && { timeoutMs: timeout }),
    })),
    unsigned: unsigned === 'allow',
    external: external === 'allow',
  };
}

function plain(document: Document, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 10 }) ?? {};
  } catch (cause) {
    throw invalid(file, [`${file}:1:1  ${(cause as Error).message}`]);
  }
}

function described(issue: z.core.$ZodIssue, written: unknown): Mistake[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(path, key) }));
  if (issue.code === 'invalid_key') return [{ path, message: issue.issues[0]?.message ?? 'is no name' }];
  return [{ path, message: `read ${show(valueAt(written, path))}: ${issue.message}` }];
}

function unknownKey(path: Mistake['path'], key: string): string {
  const known = knownKeys[path.map((part, n) => (n === 1 ? '*' : part)).join('.')] ?? [];
  const near = known.length > 0 ? closest(key, [...known]) : '';
  const guess = near !== '' && distance(key, near) <= 2 ? ` Did you mean ${near}?` : '';
  return `${key} means nothing here.${guess} Known: ${known.join(', ')}.`;
}

const valueAt = (value: unknown, path: Mistake['path']): unknown =>
  path.reduce<unknown>(
    (part, key) => (typeof part === 'object' && part !== null ? Reflect.get(part, key) : undefined),
    value,
  );

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Offset of the node at a path, or of its nearest parent that is there. */
function offsetOf(document: Document, path: Mistake['path']): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

/** Told of each mistake; a file that is no policy at all has thousands. */
const MOST = 20;

const invalid = (file: string, detail: readonly string[]): MillwrightError =>
  new MillwrightError(
    {
      code: 'MW-POLICY-INVALID',
      cause: 'infrastructure',
      message: `The policy in ${file} has ${detail.length === 1 ? '1 mistake' : `${detail.length} mistakes`}.`,
      detail: [
        ...detail.slice(0, MOST),
        ...(detail.length > MOST ? [`and ${detail.length - MOST} more`] : []),
      ],
      remedy: `Correct ${file} on the host of control; until then no vote counts.`,
    },
    false,
  );
