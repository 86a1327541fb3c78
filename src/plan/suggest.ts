import { closest, distance } from 'fastest-levenshtein';

/** `Did you mean vars.connections?`, or what there is when nothing is near. */
export function suggest(word: string, names: readonly string[], prefix = ''): string | undefined {
  if (names.length === 0) return undefined;
  const best = closest(word, [...names]);
  if (distance(word, best) <= Math.max(1, Math.floor(word.length / 3)))
    return `Did you mean ${prefix}${best}?`;
  const shown = names.slice(0, 12).map((name) => prefix + name);
  return `There is ${shown.join(', ')}${names.length > 12 ? ', …' : ''}.`;
}
