/** One shell word that stands for exactly `value`. The only way in which a value enters shell text. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new RangeError('a shell word cannot hold NUL');
  return `'${value.replaceAll("'", `'\\''`)}'`;
}
