const CONTEXT = 3;
/** Above this many pairs of lines a changed block is shown as removed and added whole. */
const MAX_PAIRS = 4_000_000;

interface Line {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** Lines of a unified diff with hunk headers, without file headers; empty where the texts are equal. */
export function unifiedDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const lines = compareLines(linesOf(before), linesOf(after));
  return hunks(lines).flatMap(({ from, to }) => hunk(lines, from, to));
}

/** A text that doesn't end its last line says so, or two texts that differ there alone would look the same. */
function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return last === '' ? lines : [...lines, `${last}  (no newline at the end)`];
}

function compareLines(before: readonly string[], after: readonly string[]): Line[] {
  let start = 0;
  while (start < Math.min(before.length, after.length) && before[start] === after[start]) start++;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end++;
  return [
    ...before.slice(0, start).map(same),
    ...changedLines(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

const same = (text: string): Line => ({ sign: ' ', text });
const removed = (text: string): Line => ({ sign: '-', text });
const added = (text: string): Line => ({ sign: '+', text });

/** By the longest common subsequence of lines. */
function changedLines(before: readonly string[], after: readonly string[]): Line[] {
  if (before.length * after.length > MAX_PAIRS) return [...before.map(removed), ...after.map(added)];
  const common = commonLengths(before, after);
  const lines: Line[] = [];
  let [i, j] = [0, 0];
  while (i < before.length && j < after.length) {
    if (before[i] === after[j]) {
      lines.push(same(before[i] ?? ''));
      i++;
      j++;
    } else if (at(common, i + 1, j) >= at(common, i, j + 1)) lines.push(removed(before[i++] ?? ''));
    else lines.push(added(after[j++] ?? ''));
  }
  return [...lines, ...before.slice(i).map(removed), ...after.slice(j).map(added)];
}

/** `[i][j]`: length of the longest common subsequence of what follows line i and line j. */
function commonLengths(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let i = before.length - 1; i >= 0; i--) {
    const row = rows[i];
    for (let j = after.length - 1; row && j >= 0; j--) {
      row[j] =
        before[i] === after[j]
          ? at(rows, i + 1, j + 1) + 1
          : Math.max(at(rows, i + 1, j), at(rows, i, j + 1));
    }
  }
  return rows;
}

const at = (rows: readonly Uint32Array[], i: number, j: number): number => rows[i]?.[j] ?? 0;

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Changed lines with their context; what would touch becomes one. */
function hunks(lines: readonly Line[]): Range[] {
  const ranges: Range[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.sign === ' ') continue;
    const range = { from: Math.max(0, index - CONTEXT), to: Math.min(lines.length, index + CONTEXT + 1) };
    const last = ranges.at(-1);
    if (last && range.from <= last.to) ranges[ranges.length - 1] = { from: last.from, to: range.to };
    else ranges.push(range);
  }
  return ranges;
}

function hunk(lines: readonly Line[], from: number, to: number): string[] {
  const count = (sign: Line['sign'], slice: readonly Line[]) =>
    slice.filter((line) => line.sign !== sign).length;
  const [head, body] = [lines.slice(0, from), lines.slice(from, to)];
  const side = (mark: '+' | '-', other: '+' | '-') => {
    const length = count(other, body);
    return `${mark}${count(other, head) + (length > 0 ? 1 : 0)}${length === 1 ? '' : `,${length}`}`;
  };
  return [`@@ ${side('-', '+')} ${side('+', '-')} @@`, ...body.map((line) => `${line.sign}${line.text}`)];
}
