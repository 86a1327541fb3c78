/** Numbers that follow one another, of machines with the same stem. */
interface Range {
  readonly stem: string;
  readonly from: number;
  readonly to: number;
}

/**
 * `web-1`, `web-[1-97,99-500]`, `db-1 web-[1-3]`: what is printed can be typed as a TARGET. What doesn't fit into `width`
 * columns is counted: `web-[1,3,5] and 497 more`.
 */
export function machineRanges(names: readonly string[], width = 60): string {
  const { ranges, loose } = rangesOf(names);
  const parts = [...ranges.map(sized), ...loose.map((name) => ({ stem: '', text: name, size: 1 }))];
  let fits = parts.length;
  while (fits > 1 && joined(parts.slice(0, fits)).length > width) fits -= fits > 64 ? fits >> 1 : 1;
  const rest = parts.slice(fits).reduce((sum, one) => sum + one.size, 0);
  return joined(parts.slice(0, fits)) + (rest > 0 ? ` and ${rest} more` : '');
}

/** A number with a leading zero is a name like any other: it must come out as it went in. */
const numbered = /^(.+)-(0|[1-9]\d{0,8})$/;

/** Stems in the order of their first machine, numbers in their own; names without a number apart. */
export function rangesOf(names: readonly string[]): { ranges: Range[]; loose: string[] } {
  const numbers = new Map<string, number[]>();
  const loose: string[] = [];
  for (const name of new Set(names)) {
    const [, stem, number] = numbered.exec(name) ?? [];
    if (stem === undefined) loose.push(name);
    else if (numbers.get(stem)?.push(Number(number)) === undefined) numbers.set(stem, [Number(number)]);
  }
  const ranges = [...numbers].flatMap(([stem, all]) =>
    runsOf(all.sort((a, b) => a - b)).map(([from, to]) => ({ stem, from, to })),
  );
  return { ranges, loose };
}

function runsOf(numbers: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs;
}

interface Part {
  readonly stem: string;
  readonly text: string;
  readonly size: number;
}

const sized = ({ stem, from, to }: Range): Part => ({
  stem,
  text: from === to ? String(from) : `${from}-${to}`,
  size: to - from + 1,
});

function joined(parts: readonly Part[]): string {
  const groups = new Map<string, Part[]>();
  const words: (() => string)[] = [];
  for (const part of parts) {
    const known = part.stem === '' ? undefined : groups.get(part.stem);
    if (known) known.push(part);
    else {
      const mine = [part];
      if (part.stem !== '') groups.set(part.stem, mine);
      words.push(() => bracketed(mine));
    }
  }
  return words.map((word) => word()).join(' ');
}

function bracketed(parts: readonly Part[]): string {
  const [first] = parts;
  if (first === undefined) return '';
  if (first.stem === '') return first.text;
  if (parts.length === 1 && first.size === 1) return `${first.stem}-${first.text}`;
  return `${first.stem}-[${parts.map((one) => one.text).join(',')}]`;
}
