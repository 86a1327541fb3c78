/** Keeps the last `limit` bytes of a stream. */
export class Tail {
  private chunks: Buffer[] = [];
  private length = 0;

  constructor(private readonly limit: number) {}

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.length += chunk.length;
    while (this.chunks[0] && this.length - this.chunks[0].length >= this.limit) {
      this.length -= this.chunks[0].length;
      this.chunks.shift();
    }
  }

  text(): string {
    const all = Buffer.concat(this.chunks);
    return all.subarray(Math.max(0, all.length - this.limit)).toString('utf8');
  }
}

/** Calls `onLine` per complete line, without its newline; a line's bytes beyond `limit` are dropped. */
export function splitLines(onLine: (line: string) => void, limit: number): (chunk: Buffer) => void {
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer): void => {
    const room = part.subarray(0, Math.max(0, limit - length));
    if (room.length > 0) parts.push(room);
    length += room.length;
  };
  return (chunk) => {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, end));
      onLine(Buffer.concat(parts).toString('utf8'));
      parts = [];
      length = 0;
      from = end + 1;
    }
    keep(chunk.subarray(from));
  };
}
