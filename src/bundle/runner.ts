import { readFileSync } from 'node:fs';
import { type Digest, sha256Hex } from '../model/index.js';

/** In the order in which they stand in the one file that goes to targets. */
const parts = [
  'base',
  'lock',
  'journal',
  'slots',
  'debts',
  'hold',
  'verified',
  'unpack',
  'start',
  'follow',
  'status',
  'early',
  'exec',
  'facts',
  'os',
  'preimages',
  'site',
  'steps',
  'attempts',
  'undo',
  'verify',
  'collect',
  'deadman',
  'boothook',
  'run',
  'watch',
  'purge',
  'commands',
];

/** The runner as one POSIX sh file, and the digest under which targets keep it. */
export function runnerScript(): { readonly bytes: Uint8Array; readonly digest: Digest } {
  const bytes = Buffer.concat(
    parts.map((part) => readFileSync(new URL(`./runner/${part}.sh`, import.meta.url))),
  );
  return { bytes, digest: sha256Hex(bytes) };
}
