/** Words with something between them; `none` where there are none. */
export const listed = (words: readonly string[], between: string): string => words.join(between) || 'none';

/** `120s`, `0s`: exact, for comparison. */
export const seconds = (ms: number): string => `${ms / 1_000}s`;
