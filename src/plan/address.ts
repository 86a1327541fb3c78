/** The IPv4 address `offset` after `first`; the manifest has checked that there is one. */
export function addressAt(first: string, offset: number): string {
  const n = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + offset;
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
}
