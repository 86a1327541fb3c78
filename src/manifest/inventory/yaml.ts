import { parseDocument, type ScalarTag } from 'yaml';
import { expandRange } from './ranges.js';
import { addHost, emptyInventory, groupOfInventory, type Inventory, VAULTED } from './types.js';

/** Ansible's own tags: a vault's text stays closed, what is unsafe is text. */
const tags: ScalarTag[] = [
  { tag: '!vault', resolve: () => VAULTED },
  { tag: '!unsafe', resolve: (text) => text },
];

/** Any YAML of Ansible's as plain data; throws an Error that says where it can't be read. */
export function readYaml(text: string): unknown {
  if (text.startsWith('$ANSIBLE_VAULT')) return VAULTED;
  const document = parseDocument(text, { customTags: tags, version: '1.1', merge: true });
  const [error] = document.errors;
  if (error) throw new Error(error.message.split('\n')[0] ?? error.code);
  return document.toJS({ maxAliasCount: 100 });
}

/** Reads an inventory in Ansible's YAML format. Throws an Error where it is none. */
export function readYamlInventory(text: string): Inventory {
  const inventory = emptyInventory();
  const root = readYaml(text);
  if (root === VAULTED) throw new Error('it is encrypted by ansible-vault');
  if (!isMap(root)) throw new Error('it is no map of groups');
  for (const [name, group] of Object.entries(root)) readGroup(inventory, name, group, 0);
  return inventory;
}

const MOST_NESTED = 50;

function readGroup(inventory: Inventory, name: string, written: unknown, nested: number): void {
  if (nested > MOST_NESTED) throw new Error('its groups are nested too deeply');
  const group = groupOfInventory(inventory, name);
  if (!isMap(written)) return;
  if (isMap(written.vars)) Object.assign(group.vars, written.vars);
  for (const [pattern, vars] of entriesOf(written.hosts))
    for (const host of expandRange(pattern)) addHost(inventory, name, host, isMap(vars) ? vars : {});
  for (const [child, inner] of entriesOf(written.children)) {
    if (!group.children.includes(child)) group.children.push(child);
    readGroup(inventory, child, inner, nested + 1);
  }
}

/** A map, or a list or text of names. */
function entriesOf(value: unknown): [string, unknown][] {
  if (isMap(value)) return Object.entries(value);
  if (Array.isArray(value)) return value.map((name) => [String(name), undefined]);
  return typeof value === 'string' ? [[value, undefined]] : [];
}

export const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
