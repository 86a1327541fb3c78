import { closest, distance } from 'fastest-levenshtein';

/** ` Did you mean "web-2"?` when one of the known words is near enough, else nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = closest(word, known);
  const near = word.length <= 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
  return distance(word, nearest) <= near ? ` Did you mean "${nearest}"?` : '';
}
