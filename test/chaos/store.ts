import { MillwrightError, sha256Hex } from '../../src/model/index.js';
import type { Store } from '../../src/store/port.js';

/** Keeps what was used last: a campaign of thousands would not fit otherwise, and what is old belongs to nobody. */
export class RecentStore implements Store {
  private readonly all = new Map<string, Uint8Array>();
  constructor(private readonly most = 60_000) {}

  async put(bytes: Uint8Array | string): Promise<string> {
    const digest = sha256Hex(bytes);
    this.keep(digest, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    return digest;
  }
  async get(digest: string): Promise<Uint8Array> {
    const bytes = this.all.get(digest);
    if (bytes === undefined) throw missing(digest);
    this.keep(digest, bytes);
    return bytes;
  }
  async has(digest: string): Promise<boolean> {
    return this.all.has(digest);
  }
  async find(prefix: string): Promise<string[]> {
    return [...this.all.keys()].filter((one) => one.startsWith(prefix)).slice(0, 16);
  }
  async close(): Promise<void> {}

  private keep(digest: string, bytes: Uint8Array): void {
    this.all.delete(digest);
    this.all.set(digest, bytes);
    const [oldest] = this.all.size > this.most ? this.all.keys() : [];
    if (oldest !== undefined) this.all.delete(oldest);
  }
}

const missing = (digest: string): MillwrightError =>
  new MillwrightError(
    { code: 'MW-STORE-MISSING', cause: 'infrastructure', message: `${digest.slice(0, 8)} is not there` },
    false,
  );
