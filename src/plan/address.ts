/** The IPv4 address `offset` after `first`; the manifest has checked that there is one. */
export function addressAt(first: string, offset: number): string {
  const n = first.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) + offset;
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
}

/** Whether it is an address and not a name. */
export const isIP = (text: string): boolean =>
  /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^[0-9a-f:]*:[0-9a-f:.]*$/i.test(text);
