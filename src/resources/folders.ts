import { type Digest, sha256Hex } from '../model/index.js';
import { assertRelative } from './text.js';

/** A file of a folder of the fleet. */
export interface FolderFile {
  /** From the folder, parts separated by `/`. */
  readonly path: string;
  readonly executable: boolean;
  readonly bytes: Uint8Array;
}

/** A file as it is laid out for a program of other people, at its place from the root of that layout. */
export interface Laid {
  readonly path: string;
  readonly digest: Digest;
  readonly executable: boolean;
  readonly content: string | Uint8Array;
}

/** The files of a folder, laid out below `at` (from the root of the layout, empty for the root itself). */
export const layFolder = (at: string, files: readonly FolderFile[], owner: string): Laid[] =>
  files.map(({ path, executable, bytes }) => ({
    ...layFile(at === '' ? path : `${at}/${path}`, bytes, owner),
    executable,
  }));

export function layFile(path: string, content: string | Uint8Array, owner: string): Laid {
  assertRelative(path, owner);
  return { path, digest: sha256Hex(content), executable: false, content };
}

/** `<sha256> <bytes> bytes`, and whether it is run: what a plan shows, and what `readLaid` reads back. */
export const shownFiles = (files: readonly Laid[]): Record<string, string> =>
  Object.fromEntries(
    files.map(({ path, digest, content, executable }) => [
      path,
      `${digest} ${Buffer.byteLength(content)} bytes${executable ? ' executable' : ''}`,
    ]),
  );

export const folderOf = (path: string): string => path.split('/').slice(0, -1).join('/');
