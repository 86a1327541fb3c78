import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { readIni } from './ini.js';
import type { Inventory } from './types.js';
import { VAULTED } from './types.js';
import { isMap, readYaml, readYamlInventory } from './yaml.js';

export interface ReadInventory {
  readonly inventory: Inventory;
  /** What group_vars and host_vars beside the inventory say, by name. */
  readonly groupVars: ReadonlyMap<string, Record<string, unknown>>;
  readonly hostVars: ReadonlyMap<string, Record<string, unknown>>;
  /** What could not be read, in words, each with its file. */
  readonly notes: readonly string[];
}

/** Reads an inventory file with the folders beside it. Throws an Error where the file itself is none. */
export async function readInventory(file: string): Promise<ReadInventory> {
  const text = await readFile(file, 'utf8');
  const notes: string[] = [];
  const inventory = parse(file, text, notes);
  const beside = (folder: string) => varsIn(join(dirname(file), folder), notes);
  return { inventory, groupVars: await beside('group_vars'), hostVars: await beside('host_vars'), notes };
}

function parse(file: string, text: string, notes: string[]): Inventory {
  if (text.startsWith('$ANSIBLE_VAULT')) throw new Error('it is encrypted by ansible-vault');
  if (text.startsWith('#!')) throw new Error('it is a program: run it with --list and import what it prints');
  if (isYaml(file, text)) return readYamlInventory(text);
  const { inventory, unread } = readIni(text);
  notes.push(...unread.map((one) => `${basename(file)}:${one.line}: "${one.text}" could not be read`));
  return inventory;
}

const isYaml = (file: string, text: string): boolean =>
  ['.yml', '.yaml', '.json'].includes(extname(file)) || (extname(file) === '' && /^(---|all:)/m.test(text));

/** One entry per name: `web.yml`, `web`, or all files below `web/`, in order of their names. */
async function varsIn(folder: string, notes: string[]): Promise<Map<string, Record<string, unknown>>> {
  const all = new Map<string, Record<string, unknown>>();
  for (const entry of await listing(folder)) {
    const path = join(folder, entry.name);
    const name = entry.isDirectory() ? entry.name : entry.name.replace(/\.(ya?ml|json)$/, '');
    const files = entry.isDirectory() ? await filesBelow(path) : [path];
    for (const file of files) all.set(name, { ...all.get(name), ...(await varsOf(file, notes)) });
  }
  return all;
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await listing(folder);
  const nested = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? filesBelow(path) : [path];
    }),
  );
  return nested.flat();
}

async function listing(folder: string) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter(({ name }) => !name.startsWith('.') && !name.endsWith('~'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function varsOf(file: string, notes: string[]): Promise<Record<string, unknown>> {
  try {
    const value = readYaml(await readFile(file, 'utf8'));
    if (value === VAULTED) notes.push(`${file}: is encrypted by ansible-vault; nothing of it was read`);
    else if (isMap(value)) return value;
    else if (value !== null) notes.push(`${file}: holds no map of variables`);
  } catch (error) {
    notes.push(`${file}: ${error instanceof Error ? error.message : error}`);
  }
  return {};
}
