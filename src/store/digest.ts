import { createHash } from 'node:crypto';
import type { Digest } from '../model/index.js';
import { badPrefix } from './errors.js';

/** The same digest as the model's `sha256Hex`, by the machine's own instructions: bundles are megabytes. */
export const digestBytes = (bytes: Uint8Array): Digest => createHash('sha256').update(bytes).digest('hex');

export const toBytes = (bytes: Uint8Array | string): Uint8Array =>
  typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : bytes;

export const findLimit = 16;

export function checkedPrefix(prefix: string): string {
  if (!/^[0-9a-f]{4,64}$/.test(prefix)) throw badPrefix(prefix);
  return prefix;
}
