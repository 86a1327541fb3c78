import stringWidth from 'string-width';
import { rangesOf } from './ranges.js';

/** Pads with spaces to `width` columns of a terminal; never cuts. */
export const pad = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - stringWidth(text))) + text;

/** Cuts to `width` columns, ending in `…` where something is missing. */
export function clip(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  let kept = '';
  for (const character of text) {
    if (stringWidth(kept + character) > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** The same for text with colours: their codes have no width, and what they began is ended. */
export function clipPainted(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [plain = '', ...painted] = text.split('\u001b[');
  let kept = clip(plain, width);
  for (const part of painted) {
    const end = part.indexOf('m') + 1;
    const left = width - stringWidth(kept);
    kept += `\u001b[${part.slice(0, end)}${kept.endsWith('…') ? '' : clip(part.slice(end), left)}`;
  }
  return kept;
}

export const indent = (lines: readonly string[], by: number): string[] =>
  lines.map((line) => (line === '' ? '' : ' '.repeat(by) + line));

/** Rows of cells in columns two spaces apart; the last column isn't padded. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, at) => {
      widths[at] = Math.max(widths[at] ?? 0, stringWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, at) => (at === row.length - 1 ? cell : pad(cell, widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

/** In the order of each group's first. */
export function groupedBy<T>(all: readonly T[], key: (one: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const name = key(one);
    const known = groups.get(name);
    if (known) known.push(one);
    else groups.set(name, [one]);
  }
  return [...groups];
}

/** `1 machine`, `3 machines`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

/** `480ms`, `3.1s`, `58s`, `2m10s`, `3h12m`, `2d4h`: short enough for a column. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 9950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds}s`;
  const [minutes, hours, days] = [
    Math.floor(seconds / 60),
    Math.floor(seconds / 3600),
    Math.floor(seconds / 86_400),
  ];
  if (hours < 1) return `${minutes}m${two(seconds % 60)}s`;
  return days < 1 ? `${hours}h${two(minutes % 60)}m` : `${days}d${hours % 24}h`;
}

const two = (n: number): string => String(n).padStart(2, '0');

/** `512 MiB`, `4.0 GiB`. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [value, unit] = [n, 0];
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit > 2 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** `12 min ago`, `3 h ago`, `2 d ago`, `just now`. */
export function ago(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ago` : `${Math.floor(hours / 24)} d ago`;
}

/** `web-1 web-2 web-4` → the same; `web-1…5` when consecutive and more than three. */
export function machineList(names: readonly string[]): string {
  const { ranges, loose } = rangesOf(names);
  const words = ranges.flatMap(({ stem, from, to }) =>
    to - from >= 3 ? [`${stem}-${from}…${to}`] : steps(from, to).map((n) => `${stem}-${n}`),
  );
  return [...words, ...loose].join(' ');
}

const steps = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
