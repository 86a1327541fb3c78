/** The IPv4 address `offset` after `first`; undefined when there is none or `first` isn't one. */
export function addressAt(first: string, offset: number): string | undefined {
  const start = toNumber(first);
  if (start === undefined || start + offset > 0xffff_ffff) return undefined;
  const n = start + offset;
  return [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255].join('.');
}

/** Whether an IPv4 address is one of a network such as `10.77.0.0/24` that a machine may have. */
export function inNetwork(address: string, cidr: string): boolean {
  const [base, bits] = cidr.split('/');
  const [n, network, length] = [toNumber(address), toNumber(base ?? ''), Number(bits)];
  if (n === undefined || network === undefined || !Number.isInteger(length) || length < 0 || length > 32)
    return false;
  const size = 2 ** (32 - length);
  const inside = n - (n % size) === network - (network % size);
  return inside && (length > 30 || (n % size !== 0 && n % size !== size - 1));
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^\d{1,3}$/.test(part) && Number(part) < 256))
    return undefined;
  return parts.reduce((sum, part) => sum * 256 + Number(part), 0);
}
