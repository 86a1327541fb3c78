/** One shell word that means exactly these bytes to any POSIX shell; NUL can't be passed at all. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new TypeError('an argument may not contain NUL');
  if (/^[A-Za-z0-9_@%+:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line for a POSIX shell that runs exactly this argv. */
export const quoteArgv = (argv: readonly string[]): string => argv.map(quote).join(' ');
