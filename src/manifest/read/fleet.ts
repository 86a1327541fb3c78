import { mergeTrees } from '../merge.js';
import { child, itemsOf, type MapNode, textOf } from '../node.js';
import type { Location, Problem } from '../types.js';
import { readInside } from './files.js';
import { parseYaml } from './parse.js';
import { decodeManifest } from './text.js';

export interface InputFile {
  /** As written. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Of files that keep their permission to be run. */
  readonly executable?: boolean;
}

export interface ReadFleet {
  /** All files merged; undefined when one of them could not be read, as half a fleet cannot be judged. */
  readonly tree?: MapNode;
  readonly files: readonly InputFile[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

interface OneFile extends Omit<ReadFleet, 'tree'> {
  readonly tree?: MapNode;
  readonly real?: string;
}

const FLEET_FILE = 'fleet.yaml';
const MAX_INCLUDES = 200;

/** Reads `fleet.yaml` and every file it includes. */
export async function readFleet(dir: string): Promise<ReadFleet> {
  const head = await readOne(dir, FLEET_FILE, { file: FLEET_FILE, line: 1, column: 1 }, '');
  if (!head.tree) return withInitHint(head);
  const includes = await readIncludes(dir, head);
  const all = [head, ...includes];
  const problems = all.flatMap((file) => file.problems);
  const collected = { files: all.flatMap((f) => f.files), warnings: all.flatMap((f) => f.warnings) };
  const trees = all.flatMap((file) => file.tree ?? []);
  if (trees.length < all.length) return { ...collected, problems };
  const merged = mergeTrees(trees);
  return { ...collected, tree: merged.tree, problems: [...problems, ...merged.problems] };
}

function withInitHint(head: OneFile): ReadFleet {
  const problems = head.problems.map((problem) =>
    problem.message === `There is no file "${FLEET_FILE}".`
      ? { ...problem, remedy: remedyOfNoFleet }
      : problem,
  );
  return { files: head.files, problems, warnings: [] };
}
const remedyOfNoFleet = 'Start one with `millwright init`, or name its directory with -C.';

async function readIncludes(dir: string, head: OneFile): Promise<OneFile[]> {
  const seen = new Map([[head.real, FLEET_FILE]]);
  const read: OneFile[] = [];
  const items = itemsOf(child(head.tree, 'include')).slice(0, MAX_INCLUDES);
  for (const [index, item] of items.entries()) {
    const path = textOf(item);
    if (path === undefined) continue;
    const file = await readOne(dir, path, item.at, `include[${index}]`);
    const earlier = file.real === undefined ? undefined : seen.get(file.real);
    read.push(earlier === undefined ? refuseNested(file) : again(item.at, index, path, earlier));
    seen.set(file.real, path);
  }
  return read;
}

async function readOne(dir: string, path: string, at: Location, where: string): Promise<OneFile> {
  const nothing = { files: [], warnings: [] };
  const read = await readInside(dir, path);
  if ('why' in read) return { ...nothing, problems: [{ at, path: where, ...read.why }] };
  const files = [{ path, bytes: read.bytes }];
  const decoded = decodeManifest(read.bytes, path);
  if ('problem' in decoded) return { files, warnings: [], problems: [decoded.problem] };
  const parsed = parseYaml(decoded.text, path);
  if ('problems' in parsed) return { files, warnings: [], problems: parsed.problems };
  return { files, warnings: parsed.warnings, problems: [], tree: parsed.tree, real: read.real };
}

/** One place to see which files make a fleet. */
function refuseNested(file: OneFile): OneFile {
  const entry = file.tree?.entries.get('include');
  if (!entry) return file;
  const problem = { at: entry.keyAt, path: 'include', message: 'Only fleet.yaml may say "include".' };
  return { ...file, tree: undefined, problems: [{ ...problem, remedy: 'Name the file there.' }] };
}

function again(at: Location, index: number, path: string, earlier: string): OneFile {
  const message = `"${path}" is read already${path === earlier ? '' : `, as "${earlier}"`}.`;
  return {
    files: [],
    warnings: [],
    problems: [{ at, path: `include[${index}]`, message, remedy: 'Remove one.' }],
  };
}
