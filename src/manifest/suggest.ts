import { distance } from 'fastest-levenshtein';

/** The likely meant one of `names`, unless none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (word.length > 60) return undefined;
  const most = Math.max(1, Math.floor(word.length / 3));
  const near = names.filter((name) => Math.abs(name.length - word.length) <= most);
  const ranked = near.map((name) => ({ name, typos: typos(word, name, most) }));
  return ranked.sort((a, b) => a.typos - b.typos).find((candidate) => candidate.typos <= most)?.name;
}

/** Edits from one word to the other, where two neighbours that changed places are one. */
function typos(word: string, name: string, most: number): number {
  const plain = distance(word, name);
  if (plain !== most + 1) return plain;
  const swapped = Array.from(
    { length: Math.max(0, word.length - 1) },
    (_, i) => 1 + distance(swap(word, i), name),
  );
  return Math.min(plain, ...swapped);
}

const swap = (word: string, i: number): string =>
  `${word.slice(0, i)}${word.charAt(i + 1)}${word.charAt(i)}${word.slice(i + 2)}`;

/** `Did you mean "web"?`, or else what there is: `Groups here: db, web.` */
export function didYouMean(word: string, names: readonly string[], what: string): string | undefined {
  const best = nearest(word, names);
  if (best !== undefined) return `Did you mean "${best}"?`;
  if (names.length === 0) return undefined;
  return `${what} here: ${listed(names)}.`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 20).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
