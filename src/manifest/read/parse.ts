import {
  type Document,
  isScalar,
  LineCounter,
  type ParsedNode,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Location, Problem } from '../types.js';
import { tooDeepAt } from './nesting.js';
import { buildTree, type Parsed } from './tree.js';

/** More than this says nothing new about one file. */
const MAX_SYNTAX_ERRORS = 20;

/** YAML 1.2 text to a tree of values with places; everything that isn't plain data is a problem. */
export function parseYaml(text: string, file: string): Parsed {
  const lines = new LineCounter();
  const place = (offset: number): Location => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const deep = tooDeepAt(text);
  if (deep !== undefined) return { problems: [tooDeep(text, deep, file)] };
  try {
    return readDocuments(parseDocuments(text, lines), place);
  } catch (error) {
    return { problems: [unparseable({ file, line: 1, column: 1 }, error)] };
  }
}

function parseDocuments(text: string, lineCounter: LineCounter): Document.Parsed[] {
  const documents = parseAllDocuments(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    stringKeys: true,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter,
  });
  return Array.isArray(documents) ? documents : [];
}

function readDocuments(documents: readonly Document.Parsed[], place: (offset: number) => Location): Parsed {
  const [document, second] = documents;
  if (!document?.contents || isEmpty(document.contents)) return { problems: [empty(place(0))] };
  const errors = firstAtEachPlace(document.errors).map((error) => syntax(error, place));
  if (errors.length > 0) return { problems: errors };
  if (second) return { problems: [severalDocuments(place(second.range[0]))] };
  if (document.directives?.yaml.explicit) return { problems: [directive(place(0))] };
  return buildTree(document.contents, place);
}

/** One slip often makes several errors at one place. */
function firstAtEachPlace(errors: readonly YAMLError[]): YAMLError[] {
  const places = new Map([...errors].reverse().map((error) => [error.pos[0], error]));
  return errors.filter((error) => places.get(error.pos[0]) === error).slice(0, MAX_SYNTAX_ERRORS);
}

const isEmpty = (node: ParsedNode): boolean => isScalar(node) && node.value === null;

const empty = (at: Location): Problem => ({
  at,
  path: '',
  message: 'This file holds nothing.',
  remedy: 'Start with `millwright init`, or remove the file.',
});
const severalDocuments = (at: Location): Problem => ({
  at,
  path: '',
  message: 'A second YAML document starts here; a file holds one.',
  remedy: 'Move it to a file of its own and name that in "include".',
});
const directive = (at: Location): Problem => ({
  at,
  path: '',
  message: 'A %YAML directive changes how values are read.',
  remedy: 'Remove it: the format is YAML 1.2.',
});
const unparseable = (at: Location, error: unknown): Problem => ({
  at,
  path: '',
  message: `This cannot be read as YAML: ${error instanceof Error ? error.name : 'unknown error'}.`,
});

function tooDeep(text: string, offset: number, file: string): Problem {
  const before = text.slice(0, offset).split('\n');
  const at = { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  return {
    at,
    path: '',
    message: 'Values are nested more than 64 deep here.',
    remedy: 'A manifest needs fewer than ten.',
  };
}

function syntax(error: YAMLError, place: (offset: number) => Location): Problem {
  const at = place(error.pos[0]);
  if (error.code === 'NON_STRING_KEY')
    return { at, path: '', message: 'A key must be text.', remedy: 'Put it in quotes.' };
  return { at, path: '', message: `Not YAML: ${sentence(error.message)}`, ...hint(error) };
}

function hint(error: YAMLError): { remedy?: string } {
  if (error.code === 'TAB_AS_INDENT') return { remedy: 'Indent with spaces.' };
  if (error.code === 'BAD_INDENT' || error.code === 'BLOCK_AS_IMPLICIT_KEY')
    return { remedy: 'Keys of one map start in the same column.' };
  return {};
}

const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);
