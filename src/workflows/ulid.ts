const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const timeDigits = 10;

/** A ULID of that moment (ms); `uuid` gives its 80 other bits. The same arguments give the same one. */
export function ulidAt(ms: number, uuid: string): string {
  const time = Array.from({ length: timeDigits }, (_, n) =>
    digit(Math.floor(ms / 32 ** (timeDigits - 1 - n)) % 32),
  );
  return [...time, ...digitsOf(uuid)].join('');
}

/** Two hexadecimal digits are eight bits; five of each byte are taken. */
function digitsOf(uuid: string): string[] {
  const hex = uuid.replaceAll('-', '');
  return Array.from({ length: 16 }, (_, n) => digit(Number.parseInt(hex.slice(n * 2, n * 2 + 2), 16) % 32));
}

const digit = (value: number): string => alphabet[value] ?? '0';
