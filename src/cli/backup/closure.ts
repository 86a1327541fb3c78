import { type Digest, documentDomains } from '../../model/index.js';
import type { Store } from '../../store/port.js';

export interface Closure {
  /** Documents that the store has, each before those that only it names. */
  readonly documents: readonly Digest[];
  /** Roots that it no longer has. */
  readonly missing: readonly Digest[];
}

/** Everything that the roots name, directly or through other documents, as far as the store has it. */
export async function closureOf(store: Store, roots: readonly Digest[]): Promise<Closure> {
  const seen = new Set<Digest>();
  const documents: Digest[] = [];
  const missing: Digest[] = [];
  let wave: readonly Digest[] = [...new Set(roots)];
  for (let first = true; wave.length > 0; first = false) {
    const next = new Set<Digest>();
    for (const digest of wave) {
      seen.add(digest);
      if (await store.has(digest)) {
        documents.push(digest);
        for (const named of namedBy(await store.get(digest))) if (!seen.has(named)) next.add(named);
      } else if (first) missing.push(digest);
    }
    wave = [...next];
  }
  return { documents, missing };
}

const heads = Object.values(documentDomains).map((domain) => Buffer.from(`${domain}\n`));

/** Digests in a document of ours. Tars and texts name nothing. */
function namedBy(bytes: Uint8Array): Iterable<Digest> {
  const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!heads.some((head) => content.subarray(0, head.length).equals(head))) return [];
  return new Set(content.toString('utf8').match(/\b[0-9a-f]{64}\b/g) ?? []);
}
