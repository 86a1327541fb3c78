/** An address as a number, so that ranges can be compared; undefined where the text is none. */
export function parseAddress(text: string): number | undefined {
  const parts = text.split('.');
  const valid =
    parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256);
  return valid ? parts.reduce((sum, part) => sum * 256 + Number(part), 0) : undefined;
}

export const formatAddress = (value: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');

/** First and last address of a network, its own and the broadcast address included. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly bits: number;
  /** Whether the text named the network itself and not an address in it. */
  readonly canonical: boolean;
}

export function parseCidr(text: string): Range | undefined {
  const [address = '', prefix = ''] = text.split('/');
  const value = parseAddress(address);
  const bits = Number(prefix);
  if (value === undefined || !/^\d{1,2}$/.test(prefix) || bits < 8 || bits > 30) return undefined;
  const length = 2 ** (32 - bits);
  const first = value - (value % length);
  return { first, last: first + length - 1, bits, canonical: first === value };
}
