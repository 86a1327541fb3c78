import { type Digest, preimage } from '../model/index.js';
import type { Store } from '../store/port.js';

/** Stores a value under its domain: evidence and results, which nobody but people and reports read again. */
export const putDocument = (store: Store, domain: string, value: unknown): Promise<Digest> =>
  store.put(preimage(domain, value));
