import { closest, distance } from 'fastest-levenshtein';

/** The likely meant one of `names`, unless none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  if (names.length === 0 || word.length > 200) return undefined;
  const best = closest(word, names);
  return distance(word, best) <= Math.max(1, Math.floor(word.length / 3)) ? best : undefined;
}

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
