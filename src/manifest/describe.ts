import type { z } from 'zod';
import { keysOf, type MapNode, type Node, type ScalarNode, shown } from './node.js';
import { fits, formatPath, type Path } from './path.js';
import { locate, locateKey, nodeAt } from './position.js';
import { type Kinds, kindsAt } from './schema/kinds.js';
import { didYouMean } from './suggest.js';
import type { Problem } from './types.js';

type Issue = z.core.$ZodIssue;
type Why = Pick<Problem, 'message' | 'remedy'>;

/** A complaint of a schema, with the path it is about. */
export interface Finding {
  readonly path: Path;
  readonly problem: Problem;
}

/** What a schema found, in the words of people who write manifests. */
export function describeIssues(tree: MapNode, issues: readonly Issue[], base: Path = []): Finding[] {
  return issues.flatMap((issue) => describe(tree, issue, [...base, ...(issue.path as Path)]));
}

function describe(tree: MapNode, issue: Issue, path: Path): Finding[] {
  const node = nodeAt(tree, path);
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(tree, path, key, issue.message));
  if (issue.code === 'invalid_key') return [aboutKey(tree, path, issue.issues[0]?.message ?? 'a name')];
  if (issue.code === 'invalid_union') return union(tree, issue, path);
  if (!node) return [finding(tree, path, missing(path, issue.message))];
  return [finding(tree, path, wrong(node, issue))];
}

function finding(tree: MapNode, path: Path, why: Why): Finding {
  return { path, problem: { at: locate(tree, path), path: formatPath(path), ...clean(why) } };
}

function atKey(tree: MapNode, path: Path, why: Why): Finding {
  return { path, problem: { at: locateKey(tree, path), path: formatPath(path), ...clean(why) } };
}

const clean = ({ message, remedy }: Why): Why => (remedy === undefined ? { message } : { message, remedy });

function unknownKey(tree: MapNode, path: Path, key: string, known: string): Finding {
  const place = path.length === 0 ? 'of a fleet' : `of ${formatPath(path)}`;
  const remedy = didYouMean(key, known.split(', '), 'Keys');
  return atKey(tree, [...path, key], { message: `"${key}" is no key ${place}.`, remedy });
}

function aboutKey(tree: MapNode, path: Path, rule: string): Finding {
  return atKey(tree, path, { message: `"${path.at(-1)}" is not ${rule}.` });
}

function missing(path: Path, rule: string): Why {
  const key = path.at(-1);
  const message = `"${key}" is missing${rule === '' ? '' : `: ${rule}`}.`;
  const remedy = fits(path, 'uid')
    ? 'Mint one with `millwright init`; it must never change afterwards.'
    : undefined;
  return { message, remedy };
}

function union(tree: MapNode, issue: z.core.$ZodIssueInvalidUnion, path: Path): Finding[] {
  const node = nodeAt(tree, path);
  if (!node) return [finding(tree, path, missing(path, issue.message))];
  const kinds = kindsAt(path);
  if (!kinds) return describeBest(tree, issue, path, node);
  const present = keysOf(node).filter((key) => kinds.types.includes(key));
  const [type] = present;
  if (type === undefined || present.length > 1) return [notOneKind(tree, path, node, kinds, present)];
  return describeIssues(tree, issue.errors[kinds.types.indexOf(type)] ?? [], path);
}

/** Of several shapes, the one that fits at its root tells more than "none fits". */
function describeBest(tree: MapNode, issue: z.core.$ZodIssueInvalidUnion, path: Path, node: Node): Finding[] {
  const rooted = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code === 'unrecognized_keys'),
  );
  if (rooted) return describeIssues(tree, rooted, path);
  const form = issue.errors.flat().find((error) => error.code === 'invalid_format');
  const fallback =
    form && node.kind === 'scalar' && typeof node.value === 'string' ? form.message : issue.message;
  return [finding(tree, path, { message: `${shown(node)} is not ${fallback}.` })];
}

function notOneKind(
  tree: MapNode,
  path: Path,
  node: Node,
  { what, types }: Kinds,
  [first, second]: readonly string[],
): Finding {
  const say = (message: string, remedy?: string): Finding => finding(tree, path, { message, remedy });
  const some = types.length > 7 ? [...types.slice(0, 7), '…'] : types;
  const oneOf = `A ${what} is a map with one of: ${some.join(', ')}.`;
  if (node.kind !== 'map')
    return say(what === 'secret' ? inlineSecret : `${shown(node)} is no ${what}.`, oneOf);
  const twoItems = typeof path.at(-1) === 'number' ? 'Make two items of it.' : 'Keep one.';
  if (first !== undefined) return say(`"${first}" and "${second}" in one ${what}.`, twoItems);
  const [key] = keysOf(node);
  if (key === undefined) return say(`This ${what} is empty.`, oneOf);
  return say(`"${key}" is no type of ${what}.`, didYouMean(key, types, 'Types'));
}

/** The value isn't repeated: it may be the secret itself. */
const inlineSecret = 'A secret itself never stands in a manifest, only where to find it.';

function wrong(node: Node, issue: Issue): Why {
  if (node.kind === 'scalar' && expectsText(issue) && typeof node.value === 'number')
    return numberForText(node, issue);
  if (issue.message !== '') return { message: `${shown(node)} is not ${issue.message}.` };
  if (issue.code === 'invalid_type') return wrongType(node, issue.expected);
  if (issue.code === 'invalid_value') return wrongValue(node, issue.values.map(String));
  if (issue.code === 'too_small') return { message: tooSmall(node, String(issue.minimum)) };
  if (issue.code === 'too_big') return { message: `${shown(node)} is too large: at most ${issue.maximum}.` };
  return { message: `${shown(node)} does not belong here.` };
}

const expectsText = (issue: Issue): boolean => issue.code === 'invalid_type' && issue.expected === 'string';

function tooSmall(node: Node, minimum: string): string {
  if (node.kind === 'list') return 'The list is empty.';
  return node.kind === 'scalar' && node.value === ''
    ? 'The text is empty.'
    : `${shown(node)} is too small: at least ${minimum}.`;
}

/** YAML made a number of what was meant as text: say what was read, and what to write. */
function numberForText(node: ScalarNode, issue: Issue): Why {
  const octal = /^[-+]?0[0-9]/.test(node.source);
  const text = node.source.replace(/^0o/, '0');
  const read = `${node.source} is the number ${node.value}`;
  if (octal)
    return { message: `${read}: YAML 1.2 has no octal with a leading zero. Write "${node.source}".` };
  if (String(node.value) !== node.source) return { message: `${read}: text was meant. Write "${text}".` };
  if (issue.message !== '') return { message: `${shown(node)} is not ${issue.message}.` };
  return { message: `${node.source} is a number; text belongs here. Write "${node.source}".` };
}

const belongs: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a map of keys',
  record: 'a map of keys',
  array: 'a list',
};

function wrongType(node: Node, expected: string): Why {
  const value = node.kind === 'scalar' ? node.value : undefined;
  if (expected === 'boolean' && typeof value === 'string') return textForBoolean(value);
  if (expected === 'int' && typeof value === 'number')
    return { message: `${shown(node)} is not a whole number.` };
  return { message: `${called(node)}; ${belongs[expected] ?? expected} belongs here.` };
}

function called(node: Node): string {
  if (node.kind !== 'scalar') return `This is a ${node.kind}`;
  if (node.value === null) return 'Nothing is written here';
  const kinds: Record<string, string> = { string: 'text', number: 'a number', boolean: 'a boolean' };
  return `${shown(node)} is ${kinds[typeof node.value]}`;
}

function textForBoolean(text: string): Why {
  if (/^(?:y|yes|on)$/i.test(text)) return { message: `${text} is text in YAML 1.2. Write true.` };
  if (/^(?:n|no|off)$/i.test(text)) return { message: `${text} is text in YAML 1.2. Write false.` };
  return { message: `${JSON.stringify(text)} is text; true or false belongs here.` };
}

function wrongValue(node: Node, values: readonly string[]): Why {
  const one = values.length === 1 ? `is not ${values[0]}` : `is none of ${values.join(', ')}`;
  const word = node.kind === 'scalar' ? String(node.value) : '';
  const remedy = values.length > 1 ? didYouMean(word, values, 'Values') : undefined;
  return { message: `${shown(node)} ${one}.`, remedy: remedy?.startsWith('Did') ? remedy : undefined };
}
