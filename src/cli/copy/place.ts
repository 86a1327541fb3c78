import { posix } from 'node:path';
import { usageError } from '../errors.js';

/** One side of a copy. `machine` is absent for what is here. */
export interface Place {
  readonly machine?: string;
  /** As it was typed; relative to the working directory, or to root's home on a machine. */
  readonly path: string;
}

/** `web-1:/etc/motd` is on a machine; `./a:b`, `/tmp/a:b` and `notes.txt` are here. */
export function parsePlace(text: string): Place {
  const [, machine, path] = /^([a-z0-9][a-z0-9-]*):(.*)$/s.exec(text) ?? [];
  if (text === '') throw usageError('An empty name is no place to copy from or to.');
  if (machine === undefined || path === undefined) return { path: text };
  return { machine, path: path === '' ? '.' : path };
}

/** Name that the copy's entry has; undefined where only the other side can say, as for `.`. */
export function entryName({ path }: Place): string | undefined {
  const name = posix.basename(path);
  return name === '' || name === '.' || name === '..' ? undefined : name;
}

export interface CopyOrder {
  readonly sources: readonly Place[];
  readonly destination: Place;
}

export function parseOrder(words: readonly string[]): CopyOrder {
  const places = words.map(parsePlace);
  const destination = places.at(-1);
  const sources = places.slice(0, -1);
  if (!destination || sources.length === 0)
    throw usageError(
      'A copy needs a source and a destination.',
      'For example: millwright cp web-1:/etc/motd .',
    );
  if ([...sources, destination].some((one) => one.machine !== undefined)) return { sources, destination };
  throw usageError(
    'None of these is on a machine.',
    'Write MACHINE:PATH for what is: millwright cp notes.txt web-1:/root/',
  );
}
