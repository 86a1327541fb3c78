import { expandRange } from './ranges.js';
import { addHost, emptyInventory, groupOfInventory, type Inventory } from './types.js';

/** A line that is none of an inventory's. */
export interface Unread {
  readonly line: number;
  readonly text: string;
}

/** Reads an inventory in Ansible's INI format, which no library reads: it has words, ranges and sections of its own. */
export function readIni(text: string): { readonly inventory: Inventory; readonly unread: readonly Unread[] } {
  const inventory = emptyInventory();
  const unread: Unread[] = [];
  let section = { name: 'ungrouped', kind: 'hosts' };
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const head = /^\[([^\]:]+)(?::(children|vars|hosts))?\]\s*(?:[#;].*)?$/.exec(line);
    if (head) {
      section = { name: (head[1] ?? '').trim(), kind: head[2] ?? 'hosts' };
      groupOfInventory(inventory, section.name);
    } else if (!readLine(inventory, section, line)) unread.push({ line: index + 1, text: line });
  }
  return { inventory, unread };
}

function readLine(
  inventory: Inventory,
  { name, kind }: { name: string; kind: string },
  line: string,
): boolean {
  const group = groupOfInventory(inventory, name);
  if (kind === 'vars') {
    const pair = /^([^=\s]+)\s*=\s*(.*)$/.exec(line);
    if (!pair) return false;
    group.vars[pair[1] ?? ''] = literal((pair[2] ?? '').trim());
    return true;
  }
  const [first, ...words] = wordsOf(line);
  if (first === undefined) return false;
  if (kind === 'children') {
    group.children.push(first);
    groupOfInventory(inventory, first);
    return words.length === 0;
  }
  return readHost(inventory, name, first, words);
}

function readHost(inventory: Inventory, group: string, first: string, words: readonly string[]): boolean {
  const pairs = words.map((word) => /^([^=]+)=([\s\S]*)$/.exec(word));
  if (pairs.some((pair) => pair === null)) return false;
  const vars = Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', literal(pair?.[2] ?? '')]));
  const [, pattern = first, port] = /^(.*[^:]):(\d+)$/.exec(first) ?? [];
  const own = port === undefined ? vars : { ansible_port: Number(port), ...vars };
  for (const host of expandRange(pattern)) addHost(inventory, group, host, own);
  return true;
}

/** Words as a shell would cut them; `#` ends a line where a word begins. */
function wordsOf(line: string): string[] {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== '' && !rest.startsWith('#')) {
    const [word = ''] = /^(?:[^\s"']|"(?:[^"\\]|\\.)*"|'[^']*'|["'])+/.exec(rest) ?? [];
    words.push(unquoted(word));
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

const unquoted = (word: string): string =>
  word.replace(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g, (_, double?: string, single?: string) =>
    double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
  );

/** A value as Python would read it, which Ansible asks: numbers, booleans, None and simple lists; else it is text. */
export function literal(text: string): unknown {
  if (/^(True|False)$/.test(text)) return text === 'True';
  if (text === 'None') return null;
  if (/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) return Number(text);
  const quoted = /^(["'])([\s\S]*)\1$/.exec(text);
  if (quoted && !(quoted[2] ?? '').includes(quoted[1] ?? '')) return quoted[2];
  const list = /^\[([^[\]{}]*)\]$/.exec(text);
  if (list)
    return (list[1] ?? '')
      .split(',')
      .map((item) => literal(item.trim()))
      .filter((item) => item !== '');
  return text;
}
