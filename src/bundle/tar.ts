const BLOCK = 512;

export interface TarEntry {
  /** At most 100 bytes of ASCII. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A ustar whose bytes depend on names and contents only: sorted, mtime 0, owner 0, mode 0600. */
export function ustar(entries: readonly TarEntry[]): Uint8Array {
  const sorted = [...entries].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Buffer.concat([...sorted.flatMap(member), Buffer.alloc(2 * BLOCK)]);
}

const member = ({ name, bytes }: TarEntry): Uint8Array[] => [
  header(name, bytes.length),
  bytes,
  Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK),
];

/** Members of such a tar by name. */
export function untar(tar: Uint8Array): ReadonlyMap<string, Uint8Array> {
  const bytes = Buffer.from(tar.buffer, tar.byteOffset, tar.byteLength);
  const members = new Map<string, Uint8Array>();
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const name = bytes.toString('latin1', at, at + 100).replace(/\0.*$/s, '');
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 135), 8);
    members.set(name, bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return members;
}

function header(name: string, size: number): Uint8Array {
  if (!/^[\x21-\x7e]{1,100}$/.test(name)) throw new RangeError(`no ustar name: ${JSON.stringify(name)}`);
  const block = Buffer.alloc(BLOCK);
  const put = (offset: number, text: string): number => block.write(text, offset, 'latin1');
  put(0, name);
  put(100, '0000600\0');
  put(108, '0000000\0');
  put(116, '0000000\0');
  put(124, `${size.toString(8).padStart(11, '0')}\0`);
  put(136, '00000000000\0');
  put(148, '        ');
  put(156, '0');
  put(257, 'ustar\x0000');
  put(
    148,
    `${block
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
  );
  return block;
}
