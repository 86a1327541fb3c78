import { closest, distance } from 'fastest-levenshtein';

/** ` Did you mean "web-2"?` when one of the known words is near enough, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(word, known);
  return distance(word, nearest) <= Math.max(1, Math.floor(word.length / 3))
    ? ` Did you mean "${nearest}"?`
    : '';
}
