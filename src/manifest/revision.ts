import { digestOf, sha256Hex } from '../model/index.js';
import type { InputFile } from './read/fleet.js';

/** Digest of all inputs by path, content and whether they are run: the same on every machine, whatever the order of reading. */
export function revisionOf(files: readonly InputFile[]): string {
  const contents = Object.fromEntries(
    files.map((file) => [file.path, `${sha256Hex(file.bytes)}${file.executable ? ' executable' : ''}`]),
  );
  return digestOf('millwright.revision.v1', contents);
}
