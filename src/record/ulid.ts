const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** When a ULID was minted, RFC 3339 UTC. */
export function ulidTime(ulid: string): string {
  const milliseconds = [...ulid.slice(0, 10)].reduce((sum, digit) => sum * 32 + alphabet.indexOf(digit), 0);
  return new Date(Math.max(0, milliseconds)).toISOString();
}
